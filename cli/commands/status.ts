// mirrorfleet status: all projects and slaves in one table each.

import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import type { Command } from 'commander'
import type { Api } from '../../shared/api/client.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { showAgo } from '../../shared/words.ts'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { type Paint, showProjects, showSlaves, showStuck } from '../fleet-table.ts'
import { refusalsOf } from '../format.ts'
import { lastRunsOf } from '../last-runs.ts'

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
    const { runs, ...others } = fleet
    context.print({ ...others, active_runs: runs.filter(({ state }) => !hasEnded(state)) }, () =>
      show(fleet, choosePaint(context.env)),
    )
    if (watch) await sleep(WATCH_MS)
  } while (watch)
}

async function look(api: Api) {
  const [projects, slaves, masters] = await Promise.all([
    api.get('/list_projects'),
    api.get('/list_slaves'),
    api.get('/list_masters'),
  ])
  return { projects, slaves, masters, runs: await lastRunsOf(api, projects) }
}

function show({ projects, slaves, masters, runs }: Awaited<ReturnType<typeof look>>, paint: Paint): string {
  // Only a terminal is too narrow for a reason.
  const width = process.stdout.columns ?? Number.POSITIVE_INFINITY
  const parts = [
    projects.length > 0
      ? showProjects({ projects, slaves, runs }, width, paint)
      : 'No projects yet. Add one with `mirrorfleet project add rsync://host/module/path`.',
    slaves.length > 0
      ? showSlaves(slaves, width, paint)
      : 'No slaves yet. Add one with `mirrorfleet slave add HOSTNAME`.',
  ]
  const away = masters.flatMap(({ node, state, seen_at }) =>
    state === 'up' ? [] : [`The master "${node}" is not up. It was last seen ${showAgo(seen_at)}.`],
  )
  return [...parts, [...away, ...refusalsOf(slaves), ...showStuck(projects)].join('\n')]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** On a terminal only, and not where NO_COLOR is set (no-color.org). */
function choosePaint(env: NodeJS.ProcessEnv): Paint {
  return process.stdout.isTTY && !env.NO_COLOR ? (colour, text) => styleText(colour, text) : (_colour, text) => text
}
