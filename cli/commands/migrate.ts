// mirrorfleet migrate: moves a master's store from its folder to PostgreSQL, or back. It is the only command that speaks to no master.

import type { Command } from 'commander'
import type { MovedCounts } from '../../master/migrate/move-store.ts'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { UsageError } from '../usage-error.ts'

interface Options {
  from: string
  to: string
  node?: string
}

export function addMigrateCommand(program: Command, act: Act): void {
  program
    .command('migrate')
    .description('move the store of a stopped master to PostgreSQL, or back')
    .requiredOption('--from <store>', 'file:FOLDER (its DATA_DIR) or postgres://user@host/database')
    .requiredOption('--to <store>', 'where to move it, written in the same way; it must be empty')
    .option(
      '--node <name>',
      'the master (its MASTER_NODE) that gets all projects, except those with node any; required with postgres',
    )
    .action(act(run))
}

async function run(context: Context, { from, to, node }: Options): Promise<void> {
  for (const [name, url] of [
    ['--from', from],
    ['--to', to],
  ] as const) {
    if (/^postgres(ql)?:\/\/[^/]*:[^/]*@/.test(url)) {
      const advice = 'All users of this machine can see it there. Set PGPASSWORD or use ~/.pgpass instead.'
      throw new UsageError(`${name} contains a password. ${advice}`)
    }
  }
  if (/^postgres(ql)?:/.test(to) && from.startsWith('file:') && node === undefined)
    throw new UsageError(
      '--node is missing: without it no master runs the projects. Give the MASTER_NODE of the master that has their files, such as --node main.',
    )
  let told = performance.now()
  const onProgress = (done: number, of: number): void => {
    if (performance.now() - told < 1_000) return
    told = performance.now()
    context.say(`${done} of ${of} projects`)
  }
  // The stores are loaded only here: no other command needs them.
  const { moveStore } = await import('../../master/migrate/move-store.ts')
  const counts = await moveStore({ from, to, node: node ?? null, onProgress })
  context.print(counts, () => describe(counts, from, to))
}

function describe(counts: MovedCounts, from: string, to: string): string {
  const { users, tokens, slaves, projects, runs, audit } = counts
  const lines = [
    `Moved and compared: ${projects} projects, ${runs} runs, ${slaves} slaves, ${users} users, ${tokens} tokens, ${audit} audit entries.`,
    from.startsWith('file:')
      ? `On every master, set STORE_KEY to the content of ${from.slice('file:'.length)}/secrets/store-key, unless it is set already,`
      : 'On every master, keep STORE_KEY as it is,',
    `and set STORE_URL=${to}. ${from} was not changed.`,
  ]
  return lines.join('\n')
}
