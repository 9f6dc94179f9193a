// mirrorfleet slave …: add, list, token, remove.

import type { Command } from 'commander'
import { showAgo, UNKNOWN } from '../../shared/words.ts'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { refusalsOf, table } from '../format.ts'

/** The default of a slave's own setting SLAVE_PORT. */
const SLAVE_PORT = '7000'

export function addSlaveCommands(program: Command, act: Act): void {
  const slave = program.command('slave').description('manage slaves')
  slave
    .command('add <hostname> [port]')
    .option('--upstream <id>', 'the slave to pull from instead of the master; "master" to pull from the master again')
    .description('add a slave; its port is 7000 unless given')
    .action(act(add))
  slave
    .command('token <id>')
    .description('show the SLAVE_ID and SLAVE_TOKEN of a slave, for its settings')
    .action(act(token))
  slave.command('list').description('list all slaves').action(act(list))
  slave.command('remove <id-or-hostname> [port]').description('remove a slave; its files are kept').action(act(remove))
}

async function add(
  context: Context,
  hostname: string,
  port: string | undefined,
  options: { upstream?: string },
): Promise<void> {
  const api = await context.connect()
  const upstream =
    options.upstream === undefined ? {} : { upstream: options.upstream === 'master' ? null : options.upstream }
  const answer = await api.post('/add_slave', { body: { hostname, port: port ?? SLAVE_PORT, ...upstream } })
  const { state } = (await api.get('/list_slaves')).find(({ id }) => id === answer.id) ?? {}
  const problem = state === 'refuses' ? 'It does not take orders from this master' : 'It does not answer yet'
  const advice = `${problem}. Start the slave there with these settings:\n${settingsOf(answer)}`
  context.print(answer, () => `${answer.id}: ${answer.details}.${state === 'up' ? '' : ` ${advice}`}`)
}

async function token(context: Context, id: string): Promise<void> {
  const api = await context.connect()
  const answer = await api.post('/slave_token', { body: { id } })
  context.print(answer, () => settingsOf(answer))
}

/** As a slave's `.env` has them. */
function settingsOf({ id, token }: { id: string; token: string }): string {
  return `SLAVE_ID=${id}\nSLAVE_TOKEN=${token}`
}

async function list(context: Context): Promise<void> {
  const api = await context.connect()
  const slaves = await api.get('/list_slaves')
  const rows = slaves.map((slave) => {
    const lagging = Object.values(slave.projects).filter(({ lag }) => lag > 0).length
    return [
      slave.id,
      slave.state,
      slave.upstream ?? 'master',
      slave.version ?? UNKNOWN,
      showAgo(slave.last_seen),
      lagging,
    ]
  })
  const head = ['Slave', 'State', 'Pulls from', 'Version', 'Last seen', 'Lagging projects']
  context.print(slaves, () => [table(head, rows, process.stdout.columns ?? 120), ...refusalsOf(slaves)].join('\n\n'))
}

/** `name` is a slave's id, or its hostname alone. */
async function remove(context: Context, name: string, given: string | undefined): Promise<void> {
  const api = await context.connect()
  const slaves = given === undefined ? await api.get('/list_slaves') : []
  const { hostname, port } = slaves.find(({ id }) => id === name) ?? { hostname: name, port: given }
  const answer = await api.post('/remove_slave', { body: { hostname, ...(port === undefined ? {} : { port }) } })
  context.print(answer, () => `${name}: ${answer.details}. Its files are kept.`)
}
