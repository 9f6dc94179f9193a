// Finds the run that is meant by the id of a run or of its project.

import type { Api } from '../shared/api/client.ts'
import { ApiError } from '../shared/api/errors.ts'
import type { Run } from '../shared/schemas/run.ts'
import { hasEnded, runsToShow } from '../shared/schemas/run-state.ts'
import { UsageError } from './usage-error.ts'

/** The newest run of a project, or the run of that id. @throws {UsageError} when the project has had none. */
export async function findNewestRun(api: Api, id: string): Promise<string> {
  const runs = await runsOf(api, id)
  if (runs === null) return id
  const [newest] = runs
  if (newest === undefined)
    throw new UsageError(`${id} has not run yet. To sync it now, run \`mirrorfleet sync ${id} --wait\`.`)
  return newest.run
}

/** The run of a project that is under way, else the one that is queued; or the run of that id. @throws {UsageError} when there is none. */
export async function findActiveRun(api: Api, id: string): Promise<string> {
  const runs = await runsOf(api, id)
  if (runs === null) return id
  const active = runsToShow(runs.filter(({ state }) => !hasEnded(state))).get(id)
  if (active === undefined) throw new UsageError(`${id} has no run to stop: none is queued or under way.`)
  return active.run
}

/** Null when this is the id of no project. */
async function runsOf(api: Api, id: string): Promise<readonly Run[] | null> {
  try {
    return await api.get('/list_runs', { query: { id, limit: 20 } })
  } catch (error) {
    // Ids of runs may be longer than those of projects, which the master then refuses.
    if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return null
    throw error
  }
}
