// mirrorfleet status: all projects and slaves in one table each.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Api } from '../../shared/api/client.ts'
import { stateOf } from '../../shared/schemas/project-state.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded, runsToShow } from '../../shared/schemas/run-state.ts'
import { showAgo, showCount, showNext, showSize, showState, showWait, UNKNOWN } from '../../shared/words.ts'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { refusalsOf, table } from '../format.ts'

const WATCH_MS = 2_000

export function addStatusCommand(program: Command, act: Act): void {
  program
    .command('status')
    .description('show all projects and slaves')
    .option('--watch', 'refresh every two seconds')
    .action(act(status))
}

async function status(context: Context, { watch }: { watch?: boolean }): Promise<void> {
  const api = await context.connect()
  do {
    const fleet = await look(api)
    if (watch && process.stdout.isTTY) process.stdout.write('\x1b[2J\x1b[H')
    context.print(fleet, () => show(fleet))
    if (watch) await sleep(WATCH_MS)
  } while (watch)
}

async function look(api: Api) {
  const [projects, slaves, masters, runs] = await Promise.all([
    api.get('/list_projects'),
    api.get('/list_slaves'),
    api.get('/list_masters'),
    api.get('/list_runs', { query: { limit: 100 } }),
  ])
  return { projects, slaves, masters, active_runs: runs.filter(({ state }) => !hasEnded(state)) }
}

function show({ projects, slaves, masters, active_runs }: Awaited<ReturnType<typeof look>>): string {
  const width = process.stdout.columns ?? 120
  const activity = runsToShow(active_runs)
  const waits = new Map(active_runs.flatMap((run) => toWait(run)))
  const rows = projects.map((project) => [
    project.id,
    waits.has(project.id) ? 'waiting' : showState(stateOf(project, activity.get(project.id)?.state)),
    showAgo(project.last_success_at),
    showNext(project.next_run_time),
    showCount(project.total_files),
    showSize(project.total_size),
    ...slaves.map((slave) => lagText(slave.projects[project.id])),
  ])
  const head = ['Project', 'State', 'Last success', 'Next run', 'Files', 'Size', ...slaves.map(({ id }) => id)]
  const slaveRows = slaves.map((slave) => [slave.id, slave.state, slave.upstream ?? 'master', showAgo(slave.last_seen)])
  const parts = [
    rows.length > 0
      ? table(head, rows, width)
      : 'No projects yet. Add one with `mirrorfleet project add rsync://host/module/path`.',
    slaves.length > 0
      ? table(['Slave', 'State', 'Pulls from', 'Last seen'], slaveRows, width)
      : 'No slaves yet. Add one with `mirrorfleet slave add HOSTNAME`.',
  ]
  const stuck = projects.flatMap(({ id, stuck: why }) => (why === null ? [] : [`${id} is stuck. ${why}`]))
  const waiting = [...waits].map(([id, wait]) => `${id} is ${wait}.`)
  const away = masters.flatMap(({ node, state, seen_at }) =>
    state === 'up' ? [] : [`The master "${node}" is not up. It was last seen ${showAgo(seen_at)}.`],
  )
  return [...parts, [...away, ...refusalsOf(slaves), ...stuck, ...waiting].join('\n')]
    .filter((part) => part !== '')
    .join('\n\n')
}

function toWait(run: Run): [string, string][] {
  const wait = showWait(run)
  return wait === null ? [] : [[run.id, wait]]
}

function lagText(one: { anchor: number | null; lag: number } | undefined): string {
  if (one?.anchor == null) return UNKNOWN
  return one.lag === 0 ? `${one.anchor}` : `${one.anchor} (-${one.lag})`
}
