// mirrorfleet project generations, rollback, publish-held: the trees that a project holds.

import type { Command } from 'commander'
import type { Api } from '../../shared/api/client.ts'
import type { GenerationView } from '../../shared/schemas/generation.ts'
import { showAgo, showCount, showSize, UNKNOWN } from '../../shared/words.ts'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit.ts'
import { table } from '../format.ts'
import { showRun } from '../run-summary.ts'
import { waitForRun } from '../wait-for-run.ts'

export function addGenerationCommands(project: Command, act: Act): void {
  project
    .command('generations <id>')
    .description('list the trees that a project holds, newest first')
    .action(act(generations))
  project
    .command('rollback <id> [generation]')
    .description('return the whole fleet to the previous tree, or to one that is kept')
    .action(act(rollBack))
  project
    .command('publish-held <id>')
    .description('publish what is held because the upstream is not whole, all the same')
    .action(act(publishHeld))
}

async function generations(context: Context, id: string): Promise<void> {
  const api = await context.connect()
  const found = await api.get('/list_generations', { query: { id } })
  context.print(found, () => table(HEAD, found.map(rowOf), process.stdout.columns ?? 120))
}

const HEAD = ['GENERATION', 'STATE', 'PUBLISHED', 'FILES', 'SIZE']

function rowOf({ generation, state, published_at, total_files, total_size }: GenerationView): string[] {
  const published = published_at === null ? UNKNOWN : showAgo(published_at)
  return [String(generation ?? UNKNOWN), state, published, showCount(total_files), showSize(total_size)]
}

async function rollBack(context: Context, id: string, wanted?: string): Promise<void> {
  const api = await context.connect()
  const body = wanted === undefined ? { id } : { id, generation: Number(wanted) }
  const { run, generation } = await api.post('/rollback_project', { body })
  context.say(`Rolling back to generation ${generation} …`)
  await follow(context, api, run)
}

async function publishHeld(context: Context, id: string): Promise<void> {
  const api = await context.connect()
  const { run } = await api.post('/publish_held', { body: { id } })
  context.say(`${run}: publishing what is held …`)
  await follow(context, api, run)
}

async function follow(context: Context, api: Api, runId: string): Promise<void> {
  const run = await waitForRun(api, context, runId)
  context.print(run, () => showRun(run, process.stdout.columns ?? 120))
  if (run.state !== 'succeeded') process.exitCode = EXIT.runFailed
}
