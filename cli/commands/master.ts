// mirrorfleet master list, assign: the masters and their states, and whose projects are whose.

import type { Command } from 'commander'
import { showAgo } from '../../shared/words.ts'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { table } from '../format.ts'
import { UsageError } from '../usage-error.ts'

export function addMasterCommands(program: Command, act: Act): void {
  const master = program.command('master').description('show the masters, and give projects to them')
  master.command('list').description('list all masters').action(act(list))
  master
    .command('assign <node> [ids...]')
    .description('give projects to a master, or to any where all masters share the disk')
    .option('--from <node>', 'all projects of this master, such as one that is gone')
    .action(act(assign))
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

async function assign(context: Context, node: string, named: string[], { from }: { from?: string }): Promise<void> {
  if ((from === undefined) === (named.length === 0))
    throw new UsageError('Name the projects, or give all of a master with --from NODE.')
  const api = await context.connect()
  const ids =
    from === undefined
      ? named
      : (await api.get('/list_projects')).filter((project) => project.node === from).map(({ id }) => id)
  if (ids.length === 0) throw new UsageError(`No project belongs to the master "${from}".`)
  const assigned = await api.post('/assign_node', { body: { node, ids } })
  context.print(assigned, () => `Gave ${ids.length === 1 ? 'one project' : `${ids.length} projects`} to ${node}.`)
}
