// The minutes, hours, days and months of a crontab, in the master's words (crontab(5)). Pure.

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const RANGES = { minute: [0, 59], hour: [0, 23], day: [1, 31], month: [1, 12] } as const
export type CronField = keyof typeof RANGES

/**
 * The field with what the master would refuse spelled out: a step beyond the range fires once, and a range such as 22-4 goes on
 * after the last hour.
 *
 * @throws {Error} when cron would not take it.
 */
export function showCronField(field: CronField, text: string): string {
  if (text === '*') return text
  const [lowest, highest] = RANGES[field]
  const parts = text.split(',').map((part) => readPart(field, part, lowest, highest))
  const all = new Set(parts.flatMap(({ values }) => values))
  return all.size === highest - lowest + 1 ? '*' : parts.map((part) => part.text).join(',')
}

function readPart(field: CronField, part: string, lowest: number, highest: number): { text: string; values: number[] } {
  const [, from, to, stepText] = /^(\*|\d{1,2}|[a-z]{3})(?:-(\d{1,2}|[a-z]{3}))?(?:\/(\d{1,3}))?$/i.exec(part) ?? []
  const step = Number(stepText ?? 1)
  if (from === undefined || (from === '*' && to !== undefined) || step === 0)
    throw new Error(`its ${field} ${part} is not one that cron knows`)
  const number = (word: string): number => {
    const found = /^\d/.test(word) ? Number(word) : field === 'month' ? MONTHS.indexOf(word.toLowerCase()) + 1 : -1
    if (found < lowest || found > highest) throw new Error(`its ${field} ${part} is outside ${lowest} to ${highest}`)
    return found
  }
  const first = from === '*' ? lowest : number(from)
  // `a/n` without an end goes on to the last.
  const last = to !== undefined ? number(to) : from === '*' || stepText !== undefined ? highest : first
  const span = highest - lowest + 1
  const end = last < first ? last + span : last
  const values: number[] = []
  for (let value = first; value <= end; value += step) values.push(value > highest ? value - span : value)
  const isTaken = last >= first && (step <= last - first || stepText === undefined)
  if (!isTaken) return { text: values.join(','), values }
  if (from !== '*' && to === undefined && stepText !== undefined) return { text: `${first}-${last}/${step}`, values }
  return { text: part, values }
}
