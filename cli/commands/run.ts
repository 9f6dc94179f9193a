// mirrorfleet sync, stop, runs, log, events: ask for runs, and follow them.

import type { Command } from 'commander'
import type { Api } from '../../shared/api/client.ts'
import { showAgo, showChanges, showState } from '../../shared/words.ts'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit.ts'
import { table } from '../format.ts'
import { showRun } from '../run-summary.ts'
import { waitForRun } from '../wait-for-run.ts'

export function addRunCommands(program: Command, act: Act): void {
  program
    .command('sync <id>')
    .description('sync a project now')
    .option('--wait', `follow it to its end; exit code ${EXIT.runFailed} unless it succeeded`)
    .option('--dry-run', 'change nothing; list what would change')
    .option('--full', 'compare contents, not only sizes and times')
    .option('--force', 'let it through the delete guard')
    .action(act(sync))
  program.command('stop <run>').description('stop a run').action(act(stop))
  program
    .command('runs [id]')
    .description('the newest runs, of a project or of all')
    .option('--limit <number>', 'how many', '20')
    .action(act(runs))
  program
    .command('log <run>')
    .description("rsync's own output")
    .option('-f, --follow', 'go on until the run ends')
    .option('--slave <id>', "a slave's part of the run")
    .action(act(log))
  program.command('events [id]').description('everything that moves, as it does').action(act(events))
}

interface SyncOptions {
  wait?: boolean
  dryRun?: boolean
  full?: boolean
  force?: boolean
}

async function sync(context: Context, id: string, options: SyncOptions): Promise<void> {
  const { dryRun = false, full = false, force = false } = options
  const api = await context.connect()
  const query = { id, mode: full ? ('full' as const) : ('sync' as const), dry_run: dryRun, force }
  const started = await api.post('/syncup', { query })
  if (!options.wait && !dryRun) {
    return context.print(
      started,
      () => `${started.run}: ${started.note}. \`mirrorfleet log -f ${started.run}\` follows it.`,
    )
  }
  context.say(`${started.run}: ${started.note}`)
  const run = await waitForRun(api, context, started.run)
  const pending = dryRun ? await pendingChanges(api, run.run) : []
  const data = dryRun ? { ...run, pending } : run
  context.print(data, () => [...pending, showRun(run, process.stdout.columns ?? 120)].join('\n'))
  if (run.state !== 'succeeded') process.exitCode = EXIT.runFailed
}

/** rsync's itemized lines of the run's log. */
async function pendingChanges(api: Api, run: string): Promise<string[]> {
  const text = await (await api.open('/run_log', { query: { run } })).text()
  return text.split('\n').filter((line) => /^[<>ch.*][^\t]{10}\t/.test(line))
}

async function stop(context: Context, run: string): Promise<void> {
  const api = await context.connect()
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

async function log(context: Context, run: string, options: { follow?: boolean; slave?: string }): Promise<void> {
  const { follow = false, slave } = options
  const api = await context.connect()
  await pipe(await api.open('/run_log', { query: { run, follow, ...(slave === undefined ? {} : { slave }) } }))
}

async function events(context: Context, id: string | undefined): Promise<void> {
  const api = await context.connect()
  await pipe(await api.open('/events', { query: id === undefined ? {} : { id } }))
}

async function pipe(response: Response): Promise<void> {
  for await (const chunk of response.body ?? []) process.stdout.write(chunk as Uint8Array)
}
