// The fleet as `mirrorfleet status` shows it: trouble first, with its reason in words. Pure.

import type { ProjectView } from '../shared/schemas/project.ts'
import { type ProjectState, stateOf } from '../shared/schemas/project-state.ts'
import type { Run } from '../shared/schemas/run.ts'
import { hasEnded, runsToShow } from '../shared/schemas/run-state.ts'
import type { SlaveView } from '../shared/schemas/slave.ts'
import { showAgo, showCount, showNext, showSize, showState, showWait, UNKNOWN } from '../shared/words.ts'
import { table } from './format.ts'

export type Colour = 'red' | 'yellow' | 'green' | 'cyan' | 'gray'
/** Colours a text, or leaves it as it is where colours are not wanted. */
export type Paint = (colour: Colour, text: string) => string

/** `runs` are the newest, with those that have not ended, and the last run of every project in trouble. */
export interface FleetView {
  projects: readonly ProjectView[]
  slaves: readonly SlaveView[]
  runs: readonly Run[]
}

const TROUBLE: readonly ProjectState[] = ['stuck', 'failed', 'blocked', 'interrupted', 'partial']

interface Row {
  /** The lowest comes first. */
  rank: number
  cells: string[]
}

/** A line for each project. */
export function showProjects({ projects, slaves, runs }: FleetView, width: number, paint: Paint): string {
  const activity = runsToShow(runs.filter(({ state }) => !hasEnded(state)))
  const rows = projects
    .map((project) => rowOf(project, activity.get(project.id), { slaves, runs }, paint))
    .sort((one, other) => one.rank - other.rank)
  const head = ['Project', 'State', 'Slaves', 'Last success', 'Next run', 'Files', 'Size', 'Reason']
  return table(
    head,
    rows.map(({ cells }) => cells),
    width,
  )
}

function rowOf(
  project: ProjectView,
  active: Run | undefined,
  { slaves, runs }: Omit<FleetView, 'projects'>,
  paint: Paint,
): Row {
  const state = stateOf(project, active?.state)
  const wait = active === undefined ? null : showWait(active)
  const peers = slavesOf(project, slaves)
  const [rank, colour] = rankOf(project, state, { isWaiting: wait !== null, isBehind: peers.behind.length > 0 })
  const last = runs.find(({ run }) => run === project.last_run?.run)
  return {
    rank,
    cells: [
      project.id,
      paint(colour, wait === null ? `${showState(state)}${percentOf(active)}` : 'waiting'),
      peers.text,
      showAgo(project.last_success_at),
      showNext(project.next_run_time),
      showCount(project.total_files),
      showSize(project.total_size),
      reasonOf(project, state, wait, last) ?? peers.reason,
    ],
  }
}

function rankOf(
  { held }: ProjectView,
  state: ProjectState,
  { isWaiting, isBehind }: { isWaiting: boolean; isBehind: boolean },
): [number, Colour] {
  if (TROUBLE.includes(state) || held !== null) return [0, 'red']
  if (isWaiting) return [1, 'yellow']
  if (isBehind && state !== 'disabled') return [2, state === 'succeeded' ? 'yellow' : 'cyan']
  if (state === 'succeeded') return [5, 'green']
  if (state === 'disabled') return [6, 'gray']
  return state === 'never_synced' || state === 'stopped' ? [4, 'yellow'] : [3, 'cyan']
}

/** ` 45 %` of the stage under way; nothing for a dry run, which counts something else. */
function percentOf(active: Run | undefined): string {
  if (active === undefined || active.dry_run) return ''
  const parts = active.state === 'syncing' ? [active.upstream] : active.state === 'fanning_out' ? active.slaves : []
  const percents = parts.flatMap(({ state, progress }) =>
    state === 'succeeded' || state === 'prepared' ? [100] : progress === null ? [] : [progress.percent],
  )
  if (percents.length === 0) return ''
  return ` ${Math.floor(percents.reduce((sum, one) => sum + one, 0) / parts.length)} %`
}

/** The cause, on one line; undefined when there is nothing to say. */
function reasonOf(
  { stuck, held }: ProjectView,
  state: ProjectState,
  wait: string | null,
  last: Run | undefined,
): string | undefined {
  const text =
    (state === 'stuck' ? stuck : null) ??
    wait ??
    (held === null ? null : `held by run ${held.run}: ${held.problems[0] ?? 'the upstream is not whole'}`) ??
    (TROUBLE.includes(state) ? (last?.error?.message ?? null) : null)
  return text?.replaceAll(/\s+/g, ' ')
}

/** `7/9 ok`, and who is not: a slave is, when it is up and has the newest generation. */
function slavesOf({ id, generation }: ProjectView, slaves: readonly SlaveView[]) {
  if (slaves.length === 0 || generation === 0) return { text: UNKNOWN, reason: '', behind: [] }
  const behind = slaves.flatMap((slave) => {
    const { anchor = null, lag = 0 } = slave.projects[id] ?? {}
    if (slave.state !== 'up') return [`${slave.id} ${slave.state}`]
    return anchor !== null && lag === 0 ? [] : [`${slave.id} ${anchor === null ? 'has none yet' : `${lag} behind`}`]
  })
  return { text: `${slaves.length - behind.length}/${slaves.length} ok`, reason: behind.join(', '), behind }
}

/** A line for each slave, those that are not up first. */
export function showSlaves(slaves: readonly SlaveView[], width: number, paint: Paint): string {
  const rows = slaves
    .toSorted((one, other) => Number(one.state === 'up') - Number(other.state === 'up'))
    .map((slave) => [
      slave.id,
      paint(slave.state === 'up' ? 'green' : 'red', slave.state),
      slave.upstream ?? 'master',
      showAgo(slave.last_seen),
    ])
  return table(['Slave', 'State', 'Pulls from', 'Last seen'], rows, width)
}

/** Each cause once, with all projects that it stops. */
export function showStuck(projects: readonly ProjectView[]): string[] {
  const byCause = new Map<string, string[]>()
  for (const { id, stuck } of projects) if (stuck !== null) byCause.set(stuck, [...(byCause.get(stuck) ?? []), id])
  const advice =
    'To give them to another master, run `mirrorfleet master assign NAME ID …`, or `--from OLD` for all of one.'
  const causes = [...byCause].map(([cause, ids]) => {
    const named =
      ids.length > NAMED ? `${ids.slice(0, NAMED).join(', ')} and ${ids.length - NAMED} more` : ids.join(', ')
    return `${named} ${ids.length === 1 ? 'is' : 'are'} stuck. ${cause}`
  })
  return causes.length === 0 ? [] : [...causes, advice]
}

const NAMED = 5
