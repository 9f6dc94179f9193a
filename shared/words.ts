// Sizes, times, states and counts in words: pure, for the command line, the dashboard and the feeds.

import type { ProjectView } from './schemas/project.ts'
import type { Progress, Run, Summary } from './schemas/run.ts'
import type { TokenView } from './schemas/token.ts'

/** What stands for a value that is not known. */
export const UNKNOWN = '–'

const SPANS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

/** `1.2 GiB`. `bytes` counts bytes. */
export function showSize(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return UNKNOWN
  const { value, unit } = scaleBytes(bytes)
  return `${unit === 0 ? value : value.toFixed(1)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'][unit]}`
}

/** A size as a number below 1024 (except in the largest unit), and how often it was divided by 1024. */
export function scaleBytes(bytes: number): { value: number; unit: number } {
  let [value, unit] = [bytes, 0]
  while (value >= 1024 && unit < 5) [value, unit] = [value / 1024, unit + 1]
  return { value, unit }
}

/** `1,234,567`. */
export function showCount(count: number | null): string {
  return count === null ? UNKNOWN : count.toLocaleString('en')
}

/** `3 hours ago`, `in 5 minutes`, `now` for less than a second; `never` for null. `iso` is ISO 8601, `now` milliseconds since 1970. */
export function showAgo(iso: string | null | undefined, now: number = Date.now()): string {
  if (!iso) return 'never'
  const seconds = (Date.parse(iso) - now) / 1000
  const found = SPANS.find(([, one]) => Math.abs(seconds) >= one)
  if (found === undefined) return 'now'
  const [unit, span] = found
  return new Intl.RelativeTimeFormat('en', { numeric: 'always' }).format(Math.trunc(seconds / span), unit)
}

/** The time of the next run, as `showAgo` shows it; `none` for null. */
export function showNext(iso: string | null, now?: number): string {
  return iso === null ? 'none' : showAgo(iso, now)
}

/** `1:02:03`, or `0:05`; a question mark when it is not known. */
export function showSpan(seconds: number | null): string {
  if (seconds === null) return '?'
  const whole = Math.round(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
  const pad = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`
}

/** `1.2 MiB/s, 0:05 left`. */
export function showProgress({ rate, eta_s }: Progress): string {
  return `${showSize(rate)}/s, ${showSpan(eta_s)} left`
}

/** Names added, modified and deleted: `+1 ~2 -3`. */
export function showChanges(summary: Pick<Summary, 'added' | 'modified' | 'deleted'> | null): string {
  return summary === null ? UNKNOWN : `+${summary.added} ~${summary.modified} -${summary.deleted}`
}

/** A state or another name of the API as words: `fanning out`. */
export function showState(name: string): string {
  return name.replaceAll('_', ' ')
}

/** The master of a project: the one that leads it, and whether any other may take over. */
export function showMaster({ node, lead }: Pick<ProjectView, 'node' | 'lead'>): string {
  return node === 'any' && lead !== null ? `${lead} (any)` : node
}

/** What a token is limited to: `sync debian, fedora`; `all` for one that may do all that its user may. */
export function showScope(scope: TokenView['scope']): string {
  if (scope === null) return 'all'
  return `${scope.actions.join(' and ')} ${scope.projects.join(', ') || '(no project)'}`
}

/**
 * What a run that waits for its next attempt waits for: `retrying in 25 s (attempt 2 of 4): Name or service not known`, or
 * `looking again in 25 s: …` where that counts as no attempt.
 * Null when it does not wait.
 */
export function showWait({ attempt, upstream }: Pick<Run, 'attempt' | 'upstream'>, now = Date.now()): string | null {
  if (!upstream.next_attempt_at) return null
  const seconds = Math.ceil((Date.parse(upstream.next_attempt_at) - now) / 1000)
  const when = seconds > 0 ? `in ${seconds < 120 ? `${seconds} s` : showSpan(seconds)}` : 'as soon as it is its turn'
  const { attempt_limit: limit, error } = upstream
  const what = limit ? `retrying ${when} (attempt ${attempt + 1} of ${limit})` : `looking again ${when}`
  return `${what}${error === null ? '' : `: ${error}`}`
}
