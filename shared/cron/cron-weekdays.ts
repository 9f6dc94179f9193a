// The weekdays of a crontab, in the master's words (crontab(5)). Pure.

/** As cron counts: 0 and 7 are Sunday. The master counts from Monday, so that numbers become names. */
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** `*`, or names such as `mon-fri` and `sun,wed`. @throws {Error} when the field is none that cron takes. */
export function showWeekdays(field: string): string {
  if (field === '*') return field
  const parts = field.split(',').map(showPart)
  const all = parts.flatMap(({ days }) => days)
  return new Set(all).size === DAYS.length ? '*' : parts.map(({ text }) => text).join(',')
}

function showPart(part: string): { text: string; days: number[] } {
  const [, from, to, step] = /^(\*|[0-7]|[a-z]{3})(?:-([0-7]|[a-z]{3}))?(?:\/([1-9]\d?))?$/i.exec(part) ?? []
  if (from === undefined || (from === '*' && to !== undefined)) throw new Error(`its weekday ${part} is not known`)
  const first = from === '*' ? 0 : numberOf(from, part)
  // `a/n` without an end goes on to the last day.
  const last = to !== undefined ? numberOf(to, part) : from === '*' || step !== undefined ? 6 : first
  // A range such as sat-mon goes on after the end of the week.
  const end = last < first ? last + DAYS.length : last
  const days: number[] = []
  for (let day = first; day <= end; day += Number(step ?? 1)) days.push(day % 7)
  const names = days.map((day) => DAYS[day] ?? '')
  // The master's week begins on Monday, and a range must not go beyond its end.
  const isRange = days.length > 2 && step === undefined && fromMonday(days[0]) < fromMonday(days.at(-1))
  return { text: isRange ? `${names[0]}-${names.at(-1)}` : [...new Set(names)].join(','), days }
}

const fromMonday = (day = 0): number => (day + 6) % 7

function numberOf(word: string, part: string): number {
  const number = /^\d$/.test(word) ? Number(word) : DAYS.indexOf(word.toLowerCase())
  if (number < 0) throw new Error(`its weekday ${part} is not known`)
  return number
}
