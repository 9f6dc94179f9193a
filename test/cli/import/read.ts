// Makes the plan of a configuration as the command line does, with files that a test gives.

import { type Around, makePlan, type Reader } from '../../../cli/import/plan.ts'

/** `told` has a line for everything that is not as it was, but for the folder of all. */
export function importText(
  reader: Reader,
  text: string,
  { files = {}, ...around }: Partial<Around> & { files?: Record<string, string> } = {},
) {
  const readFile = (file: string) => files[file] ?? null
  const listFiles = (pattern: string) => (pattern.includes('*') ? Object.keys(files).sort() : [])
  const { fleet, rows } = makePlan(reader(text, { userField: false, timezone: 'UTC', readFile, listFiles, ...around }))
  const told = rows.filter(({ result, what }) => result !== 'taken' && !what.startsWith('folders below'))
  return {
    fleet,
    rows,
    project: fleet.projects?.[0],
    told: told.map(({ project, what, why }) => (project === '' ? `${what} (${why})` : `${project}: ${what}: ${why}`)),
  }
}
