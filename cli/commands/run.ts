// mirrorfleet sync, stop, runs, log, events: request runs and follow them.

import type { Command } from 'commander'
import type { Api } from '../../shared/api/client.ts'
import { showAgo, showChanges, showState } from '../../shared/words.ts'
import type { Act } from '../act.ts'
import { adviseOn } from '../advice.ts'
import type { Context } from '../context.ts'
import { readEvent, tellEvent } from '../event-words.ts'
import { EXIT } from '../exit.ts'
import { findActiveRun, findNewestRun } from '../find-run.ts'
import { table } from '../format.ts'
import { showRun } from '../run-summary.ts'
import { waitForRun } from '../wait-for-run.ts'

export function addRunCommands(program: Command, act: Act): void {
  program
    .command('sync <id>')
    .description('sync a project now')
    .option('--wait', `follow the run to its end; exit code ${EXIT.runFailed} unless it succeeds`)
    .option('--dry-run', 'list what would change without changing it')
    .option('--full', 'compare contents, not only sizes and times')
    .option('--force', 'ignore the delete guard')
    .option('--upstream <number>', "use this one of the project's upstreams; 1 is the first")
    .action(act(sync))
  program
    .command('stop <run-or-id>')
    .description('stop a run, or the run of a project that is under way')
    .action(act(stop))
  program
    .command('runs [id]')
    .description('list the newest runs of a project, or of all projects')
    .option('--limit <number>', 'number of runs', '20')
    .action(act(runs))
  program
    .command('log <run-or-id>')
    .description("print rsync's output in a run, or in the newest run of a project")
    .option('-f, --follow', 'keep printing until the run ends')
    .option('--slave <id>', 'the output on a slave instead of the master')
    .action(act(log))
  program
    .command('events [id]')
    .description('tell what happens as it happens, in a project or in all; with --json all events, one a line')
    .action(act(events))
}

interface SyncOptions {
  wait?: boolean
  dryRun?: boolean
  full?: boolean
  force?: boolean
  upstream?: string
}

async function sync(context: Context, id: string, options: SyncOptions): Promise<void> {
  const { dryRun = false, full = false, force = false, upstream } = options
  const api = await context.connect()
  const query = {
    id,
    mode: full ? ('full' as const) : ('sync' as const),
    dry_run: dryRun,
    force,
    ...(upstream === undefined ? {} : { upstream: Number(upstream) }),
  }
  const started = await api.post('/syncup', { query })
  // A token that is limited to syncs may not ask.
  const [project] = await api.get('/list_projects', { query: { id } }).catch(() => [])
  if (project?.stuck) context.say(`The run waits: ${project.stuck}`)
  if (!options.wait && !dryRun) {
    return context.print(
      started,
      () => `${started.run}: ${started.note}. To follow it, run \`mirrorfleet log -f ${started.run}\`.`,
    )
  }
  context.say(`${started.run}: ${started.note}`)
  const run = await waitForRun(api, context, started.run)
  const pending = dryRun ? await pendingChanges(api, run.run) : []
  const data = dryRun ? { ...run, pending } : run
  context.print(data, () => [...pending, showRun(run, process.stdout.columns ?? 120)].join('\n'))
  if (run.state === 'succeeded') return
  if (run.error !== null) context.say(adviseOn(id, run.error))
  process.exitCode = EXIT.runFailed
}

/** rsync's itemized lines in the log of the run. */
async function pendingChanges(api: Api, run: string): Promise<string[]> {
  const text = await (await api.open('/run_log', { query: { run } })).text()
  return text.split('\n').filter((line) => /^[<>ch.*][^\t]{10}\t/.test(line))
}

async function stop(context: Context, runOrId: string): Promise<void> {
  const api = await context.connect()
  const run = await findActiveRun(api, runOrId)
  const answer = await api.post('/stop_run', { body: { run } })
  context.print(answer, () => `${answer.run} is ${showState(answer.state)}.`)
}

async function runs(context: Context, id: string | undefined, { limit }: { limit: string }): Promise<void> {
  const api = await context.connect()
  const query = { limit: Number(limit), ...(id === undefined ? {} : { id }) }
  const found = await api.get('/list_runs', { query })
  const rows = found.map((run) => [
    run.run,
    showState(run.trigger),
    showState(run.state),
    showAgo(run.queued_at),
    showChanges(run.upstream.summary),
    run.error?.message ?? '',
  ])
  context.print(found, () =>
    table(['Run', 'Trigger', 'State', 'Queued', 'Changes', 'Error'], rows, process.stdout.columns ?? 120),
  )
}

async function log(context: Context, runOrId: string, options: { follow?: boolean; slave?: string }): Promise<void> {
  const { follow = false, slave } = options
  const api = await context.connect()
  const run = await findNewestRun(api, runOrId)
  await pipe(await api.open('/run_log', { query: { run, follow, ...(slave === undefined ? {} : { slave }) } }))
}

async function events(context: Context, id: string | undefined): Promise<void> {
  const api = await context.connect()
  const response = await api.open('/events', { query: id === undefined ? {} : { id } })
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = `${text}${chunk}`.split('\n\n')
    text = blocks.pop() ?? ''
    for (const event of blocks.map(readEvent)) if (event !== null) printEvent(context, event)
  }
}

/** As JSON, one line for each event. */
function printEvent({ options }: Context, event: { name: string; data: unknown }): void {
  if (options.json) return void process.stdout.write(`${JSON.stringify(event)}\n`)
  const said = tellEvent(event)
  if (said !== null) process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${said}\n`)
}

async function pipe(response: Response): Promise<void> {
  for await (const chunk of response.body ?? []) process.stdout.write(chunk as Uint8Array)
}
