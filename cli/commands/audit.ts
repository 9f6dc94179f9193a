// mirrorfleet audit: who changed what, when, and from where.

import type { Command } from 'commander'
import { showAction, showChange } from '../../shared/audit-words.ts'
import { UNKNOWN } from '../../shared/words.ts'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { table } from '../format.ts'
import { UsageError } from '../usage-error.ts'

interface Options {
  by?: string
  project?: string
  method?: string
  limit: string
  before?: string
}

export function addAuditCommand(program: Command, act: Act): void {
  program
    .command('audit')
    .option('--by <user>', 'what this user did')
    .option('--project <id>', 'what was done to this project')
    .option('--method <name>', 'what was done by this method of the API, such as update_project')
    .option('--limit <n>', 'how many entries', '50')
    .option('--before <id>', 'go on after this entry, an audit_id of --json')
    .description('list who changed what, when, and from where, newest first')
    .action(act(list))
}

async function list(context: Context, { by, limit, ...rest }: Options): Promise<void> {
  if (!/^\d+$/.test(limit)) throw new UsageError(`--limit takes a whole number from 1 to 1000, not "${limit}".`)
  const api = await context.connect()
  const query = { ...rest, ...(by === undefined ? {} : { username: by }), limit: Number(limit) }
  const entries = await api.get('/audit', { query })
  const rows = entries.map((entry) => [
    entry.at.replace(/T(.{8}).*/, ' $1'),
    entry.username ?? UNKNOWN,
    entry.from,
    showAction(entry),
    entry.target ?? UNKNOWN,
    showChange(entry.change).join('; '),
  ])
  const head = ['Time (UTC)', 'User', 'From', 'What', 'Of', 'Change']
  context.print(entries, () => table(head, rows, process.stdout.columns ?? 120) || 'No entries.')
}
