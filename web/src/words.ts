// Sizes, times and states in words and symbols: pure.

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'narrow' })
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `3h ago`, `in 5 min`; never for null. */
export function ago(iso: string | null, now: number = Date.now()): string {
  if (iso === null) return 'never'
  const seconds = (Date.parse(iso) - now) / 1000
  const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ['second', 1]
  return relative.format(Math.trunc(seconds / size), unit)
}

export function size(bytes: number | null): string {
  if (bytes === null) return '–'
  let [value, unit] = [bytes, 0]
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1]
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`
}

export function seconds(value: number | null): string {
  if (value === null) return 'unknown'
  const whole = Math.round(value)
  return whole >= 3600
    ? `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
    : whole >= 60
      ? `${Math.floor(whole / 60)} min ${whole % 60} s`
      : `${whole} s`
}

/** A symbol beside the word, so that nothing is said by colour alone. */
export const STATE_SYMBOLS: Readonly<Record<string, string>> = {
  succeeded: '✓',
  prepared: '◐',
  partial: '◑',
  failed: '✗',
  blocked: '⛔',
  stopped: '■',
  interrupted: '⚡',
  queued: '…',
  syncing: '↻',
  fanning_out: '⇉',
  publishing: '⇄',
  disabled: '‖',
  never: '○',
  up: '✓',
  down: '✗',
  unknown: '?',
  unreachable: '✗',
  pending: '…',
  skipped: '–',
}

/** The family of a state, for its colour. */
export function tone(state: string): 'good' | 'bad' | 'busy' | 'idle' {
  if (['succeeded', 'up', 'prepared'].includes(state)) return 'good'
  if (['failed', 'blocked', 'down', 'unreachable', 'interrupted', 'partial'].includes(state)) return 'bad'
  return ['queued', 'syncing', 'fanning_out', 'publishing'].includes(state) ? 'busy' : 'idle'
}
