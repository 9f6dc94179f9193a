// mirrorfleet master list: the masters and their states.

import type { Command } from 'commander'
import { showAgo } from '../../shared/words.ts'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { table } from '../format.ts'

export function addMasterCommands(program: Command, act: Act): void {
  const master = program.command('master').description('show the masters')
  master.command('list').description('list all masters').action(act(list))
}

async function list(context: Context): Promise<void> {
  const api = await context.connect()
  const masters = await api.get('/list_masters')
  const rows = masters.map(({ node, state, url, seen_at, projects }) => [
    node,
    state,
    url,
    showAgo(seen_at),
    projects ?? 'all',
  ])
  context.print(masters, () =>
    table(['Master', 'State', 'Address', 'Last seen', 'Projects'], rows, process.stdout.columns ?? 120),
  )
}
