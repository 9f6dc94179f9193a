// Judges masters, slaves and projects by what the master says of them. Pure.

import type { MasterView } from '../../shared/schemas/master.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded, runsToShow } from '../../shared/schemas/run-state.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'
import { showAgo, showWait } from '../../shared/words.ts'
import { adviseOn } from '../advice.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

export function checkMasters(masters: readonly MasterView[]): Finding[] {
  return masters.map(({ node, state, seen_at }) => {
    const about = `master ${node}`
    if (state === 'up') return ok(about, 'is up')
    const what = `${state === 'left' ? 'was stopped' : 'does not respond'}, last seen ${showAgo(seen_at)}`
    return fault(about, what, 'Start it, or give its projects to another: `mirrorfleet master assign NAME --from OLD`.')
  })
}

/** `version` is the master's. */
export function checkSlaves(slaves: readonly SlaveView[], version: string | null): Finding[] {
  if (slaves.length === 0)
    return [warning('slaves', 'there are none', 'Add one with `mirrorfleet slave add HOSTNAME`.')]
  return slaves.map((slave) => {
    const about = `slave ${slave.id}`
    if (slave.state === 'refuses')
      return fault(about, slave.reason ?? 'it takes no orders', 'Until then, its users get what it has.')
    if (slave.state !== 'up') {
      const advice = `Start it there, and see that the master reaches ${slave.hostname}, port ${slave.port}.`
      return fault(about, `${slave.state}, last seen ${showAgo(slave.last_seen)}${because(slave.reason)}`, advice)
    }
    const behind = Object.entries(slave.projects).filter(([, { lag }]) => lag > 0)
    if (behind.length > 0) {
      const names = behind.map(([id, { lag }]) => `${id} (${lag})`).join(', ')
      const advice =
        'It catches up by itself; if it does not, see that it reaches MASTER_URL and the rsyncd of the master.'
      return warning(about, `is behind with ${names}`, advice)
    }
    if (version !== null && slave.version !== null && slave.version !== version)
      return warning(about, `has version ${slave.version}, the master ${version}`, 'Update it.')
    return ok(about, 'is up and has everything')
  })
}

/** `runs` has the last runs of the projects in trouble. */
export function checkProjects(projects: readonly ProjectView[], runs: readonly Run[]): Finding[] {
  if (projects.length === 0)
    return [warning('projects', 'there are none', 'Add one with `mirrorfleet project add rsync://host/module/path`.')]
  const byRun = new Map(runs.map((run) => [run.run, run]))
  const active = runsToShow(runs.filter(({ state }) => !hasEnded(state)))
  return projects.map((project) =>
    checkProject(project, byRun.get(project.last_run?.run ?? ''), active.get(project.id)),
  )
}

function checkProject(project: ProjectView, last: Run | undefined, active: Run | undefined): Finding {
  const { id, stuck, held, last_run, enabled, last_success_at } = project
  const about = `project ${id}`
  if (stuck !== null)
    return fault(
      about,
      `is stuck. ${stuck}`,
      `To give it to another master, run \`mirrorfleet project update ${id} --node NAME\`.`,
    )
  if (held !== null) {
    const advice = `Wait for the upstream, or publish it all the same with \`mirrorfleet project publish-held ${id}\`.`
    return fault(about, `is held: ${held.problems[0] ?? 'the upstream is not whole'}`, advice)
  }
  const wait = active === undefined ? null : showWait(active)
  if (wait !== null) return warning(about, wait, `Run \`mirrorfleet log ${id}\`.`)
  if (active !== undefined && last_run === null) return ok(about, 'is being synced for the first time')
  const end = checkEnd(project)
  if (end !== null && last_run?.state === 'succeeded') return end
  const since = last_success_at === null ? 'it has never succeeded' : `the last success was ${showAgo(last_success_at)}`
  const error = last?.error ?? null
  const reason = because(error?.message ?? null)
  switch (last_run?.state) {
    case 'blocked':
    case 'failed':
    case 'interrupted':
      return fault(
        about,
        `${last_run.state === 'blocked' ? 'is blocked' : last_run.state}; ${since}${reason}`,
        adviseOn(id, error),
      )
    case 'partial':
      return warning(
        about,
        `some slave did not follow${reason}`,
        'Look at the slaves; they catch up when they are back.',
      )
    case undefined:
      return warning(about, 'has never been synced', `To sync it now, run \`mirrorfleet sync ${id} --wait\`.`)
    default:
      return ok(about, enabled ? `is ${last_run?.state}` : 'is disabled')
  }
}

const EXPIRES_SOON_MS = 86_400_000

/** apt refuses a Release after its Valid-Until. */
function checkEnd({ id, valid_until = null }: ProjectView, now = Date.now()): Finding | null {
  if (valid_until === null || Date.parse(valid_until) - now > EXPIRES_SOON_MS) return null
  const isOver = Date.parse(valid_until) <= now
  const what = isOver
    ? `its Release expired ${showAgo(valid_until, now)}; apt refuses it`
    : `its Release expires ${showAgo(valid_until, now)}`
  const advice = 'Look at its upstream, which has to write a new one, or give it another upstream.'
  return isOver ? fault(`project ${id}`, what, advice) : warning(`project ${id}`, what, advice)
}

/** On one line, behind what is said already. */
function because(reason: string | null): string {
  return reason === null ? '' : ` (${reason.replaceAll(/\s+/g, ' ')})`
}
