// States in words, symbols and colours: pure.

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
  stuck: '⚠',
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
  if (['failed', 'blocked', 'down', 'unreachable', 'interrupted', 'partial', 'stuck'].includes(state)) return 'bad'
  return ['queued', 'syncing', 'fanning_out', 'publishing'].includes(state) ? 'busy' : 'idle'
}
