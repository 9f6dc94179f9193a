// Looks up the last runs of the projects in trouble, whose errors say why.

import type { Api } from '../shared/api/client.ts'
import type { ProjectView } from '../shared/schemas/project.ts'
import type { Run } from '../shared/schemas/run.ts'

const NEWEST = 100
/** Of so many projects in trouble the reason is looked up, when their last runs are not among the newest. */
const REASONS = 20

/** The newest runs of all projects, and the last ones of those that did not succeed. */
export async function lastRunsOf(api: Api, projects: readonly ProjectView[]): Promise<Run[]> {
  const newest = await api.get('/list_runs', { query: { limit: NEWEST } })
  const known = new Set(newest.map(({ run }) => run))
  const missing = projects.flatMap(({ last_run }) =>
    last_run === null || last_run.state === 'succeeded' || known.has(last_run.run) ? [] : [last_run.run],
  )
  const older = await Promise.all(missing.slice(0, REASONS).map((run) => api.get('/get_run', { query: { run } })))
  return [...newest, ...older]
}
