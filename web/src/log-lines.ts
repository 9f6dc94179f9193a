// The lines of a log as the page shows them: pure.

/** `cmd`: a command; `err`: what went wrong; `own`: our own words; `said`: what the program wrote. */
export type LineKind = 'cmd' | 'err' | 'own' | 'said'

const ERROR = /^(rsync error:|rsync: |@ERROR|ERROR:|fatal:|error:)/
const OWN = /^\[.*\]$/

export function kindOf(line: string): LineKind {
  if (line.startsWith('$ ')) return 'cmd'
  if (OWN.test(line)) return 'own'
  return ERROR.test(line) ? 'err' : 'said'
}

/** The line cut at each place that matches the search, in upper or lower case; every second part is a match. */
export function splitAtMatches(line: string, search: string): string[] {
  if (search === '') return [line]
  const parts: string[] = []
  const [low, wanted] = [line.toLowerCase(), search.toLowerCase()]
  let from = 0
  for (let at = low.indexOf(wanted); at !== -1; at = low.indexOf(wanted, from)) {
    parts.push(line.slice(from, at), line.slice(at, at + wanted.length))
    from = at + wanted.length
  }
  return [...parts, line.slice(from)]
}

/** The numbers of the lines that match, counted from 0. */
export function findMatches(lines: readonly string[], search: string): number[] {
  if (search === '') return []
  const wanted = search.toLowerCase()
  return lines.flatMap((line, index) => (line.toLowerCase().includes(wanted) ? [index] : []))
}
