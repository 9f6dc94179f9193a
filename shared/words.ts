// Sizes, spans and times in the words of people: pure, for the command line, the dashboard and the feeds.

const SPANS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

/** `1.2 GiB`; a dash for what is not known. `bytes` counts bytes. */
export function showSize(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return '–'
  const { value, unit } = scaleBytes(bytes)
  return `${unit === 0 ? value : value.toFixed(1)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'][unit]}`
}

/** A size as a number below 1024 (but for the greatest unit), and how often it was divided by 1024. */
export function scaleBytes(bytes: number): { value: number; unit: number } {
  let [value, unit] = [bytes, 0]
  while (value >= 1024 && unit < 5) [value, unit] = [value / 1024, unit + 1]
  return { value, unit }
}

/** `3 hours ago`, `in 5 minutes`; `never` for null. `iso` is ISO 8601, `now` milliseconds since 1970. */
export function showAgo(iso: string | null | undefined, now: number = Date.now()): string {
  if (!iso) return 'never'
  const seconds = (Date.parse(iso) - now) / 1000
  const [unit, span] = SPANS.find(([, one]) => Math.abs(seconds) >= one) ?? ['second', 1]
  return new Intl.RelativeTimeFormat('en', { numeric: 'always' }).format(Math.trunc(seconds / span), unit)
}

/** `1:02:03`, or `0:05`; a question mark for what is not known. */
export function showSpan(seconds: number | null): string {
  if (seconds === null) return '?'
  const whole = Math.round(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
  const pad = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`
}
