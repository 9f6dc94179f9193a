// Whether a time that was written down is over: the clock that wrote it may have been wrong.

/**
 * True when `since` (ISO 8601) is at least `ms` milliseconds before `now` (milliseconds since 1970). True as well when it lies
 * after `now`: the clock was set back, and how long ago it was is not known.
 */
export function isOver(since: string, ms: number, now: number): boolean {
  const age = now - Date.parse(since)
  return age >= ms || age < 0
}
