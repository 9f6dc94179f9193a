// mirrorfleet migrate: moves a master's store from its folder to PostgreSQL, or back. The one command that needs no master.

import type { Command } from 'commander'
import { type MovedCounts, moveStore } from '../../master/migrate/move-store.ts'
import type { Act } from '../act.ts'
import { type Context, UsageError } from '../context.ts'

interface Options {
  from: string
  to: string
  node?: string
}

export function addMigrateCommand(program: Command, act: Act): void {
  program
    .command('migrate')
    .description("move a stopped master's store: to PostgreSQL, or back")
    .requiredOption('--from <store>', 'file:FOLDER (its DATA_DIR) or postgres://user@host/database')
    .requiredOption('--to <store>', 'the same; it must be empty')
    .option('--node <name>', 'the master that all projects belong to from now on (its MASTER_NODE), but those of any')
    .action(act(run))
}

async function run(context: Context, { from, to, node }: Options): Promise<void> {
  for (const [name, url] of [
    ['--from', from],
    ['--to', to],
  ] as const) {
    if (/^postgres(ql)?:\/\/[^/]*:[^/]*@/.test(url)) {
      const advice = 'everybody on this machine can see it there; leave it out, and set PGPASSWORD or ~/.pgpass'
      throw new UsageError(`${name} has a password in it: ${advice}`)
    }
  }
  let told = performance.now()
  const onProgress = (done: number, of: number): void => {
    if (performance.now() - told < 1_000) return
    told = performance.now()
    context.say(`${done} of ${of} projects`)
  }
  const counts = await moveStore({ from, to, node: node ?? null, onProgress })
  context.print(counts, () => describe(counts, from, to))
}

function describe(counts: MovedCounts, from: string, to: string): string {
  const { users, tokens, slaves, projects, runs } = counts
  const lines = [
    `Moved and compared: ${projects} projects, ${runs} runs, ${slaves} slaves, ${users} users, ${tokens} tokens.`,
    from.startsWith('file:')
      ? `Set STORE_KEY to what stands in ${from.slice('file:'.length)}/secrets/store-key (unless it was set before), the same on every master,`
      : 'Keep STORE_KEY as it is,',
    `and STORE_URL=${to}. ${from} was left as it is.`,
  ]
  return lines.join('\n')
}
