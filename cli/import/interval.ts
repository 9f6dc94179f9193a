// Turns an interval between runs into fixed times of a day. Pure.

const MINUTES_A_DAY = 1_440
const DIVISORS = [5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, MINUTES_A_DAY]

/** The schedule nearest to an interval in minutes, and that many minutes. Its minute depends on the name, so that projects do not all start at once. */
export function scheduleEvery(name: string, minutes: number): { schedule: Record<string, string>; nearest: number } {
  const nearest = DIVISORS.reduce((best, one) => (Math.abs(one - minutes) < Math.abs(best - minutes) ? one : best))
  if (nearest < 60) return { schedule: { minute: `*/${nearest}`, hour: '*' }, nearest }
  const minute = String([...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 60)
  return { schedule: { minute, hour: nearest === MINUTES_A_DAY ? '3' : `*/${nearest / 60}` }, nearest }
}
