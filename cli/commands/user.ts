// mirrorfleet user …, token …: manage users and tokens.

import { type Command, Option } from 'commander'
import { askPassword } from '../../shared/node/ask-password.ts'
import { ROLES, type Role } from '../../shared/schemas/roles.ts'
import { showAgo, showScope, UNKNOWN } from '../../shared/words.ts'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { table } from '../format.ts'
import { UsageError } from '../usage-error.ts'

export function addUserCommands(program: Command, act: Act): void {
  const user = program
    .command('user')
    .description('manage users; a new password is asked for, or read from MIRRORFLEET_NEW_PASSWORD')
  user
    .command('add <name>')
    .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES).default('upstreamuser'))
    .description('add a user')
    .action(act(addUser))
  user.command('list').description('list all users').action(act(listUsers))
  user
    .command('update <name>')
    .addOption(new Option('--role <role>', 'a new role').choices(ROLES))
    .option('--password', 'set a new password')
    .description('change the role or the password of a user')
    .action(act(updateUser))
  user.command('remove <name>').description('remove a user and their tokens').action(act(removeUser))
  const token = program.command('token').description('manage tokens for scripts')
  token
    .command('create')
    .option('--ttl <time>', 'lifetime: seconds, days such as 90d, or never')
    .option('--label <text>', 'what the token is for')
    .option('--for <user>', "whose token it is: yours, or as root anyone's")
    .option('--sync <id...>', 'limit the token to starting syncs of these projects')
    .description('create a token')
    .action(act(createToken))
  token.command('list').description('list your tokens; root sees all tokens').action(act(listTokens))
  token.command('revoke <id>').description('revoke a token').action(act(revokeToken))
}

async function newPassword(context: Context, name: string): Promise<string> {
  const password = context.env.MIRRORFLEET_NEW_PASSWORD ?? (await askPassword(`New password of ${name}: `))
  if (password === null)
    throw new UsageError('Cannot ask for the password: standard input is not a terminal. Set MIRRORFLEET_NEW_PASSWORD.')
  return password
}

async function addUser(context: Context, username: string, { role }: { role: Role }): Promise<void> {
  const api = await context.connect()
  const password = await newPassword(context, username)
  const answer = await api.post('/create_api_user', { body: { username, password, role } })
  context.print(answer, () => `Added ${answer.username} with the role ${answer.role}.`)
}

async function listUsers(context: Context): Promise<void> {
  const users = await (await context.connect()).get('/list_users')
  const rows = users.map(({ username, role }) => [username, role])
  context.print(users, () => table(['User', 'Role'], rows, process.stdout.columns ?? 120))
}

async function updateUser(
  context: Context,
  username: string,
  options: { role?: Role; password?: boolean },
): Promise<void> {
  const api = await context.connect()
  const body = {
    username,
    ...(options.role === undefined ? {} : { role: options.role }),
    ...(options.password ? { password: await newPassword(context, username) } : {}),
  }
  if (Object.keys(body).length === 1) throw new UsageError('Nothing to change. Give --role or --password.')
  const answer = await api.post('/update_api_user', { body })
  context.print(answer, () => `Updated ${answer.username}, with the role ${answer.role}.`)
}

async function removeUser(context: Context, username: string): Promise<void> {
  const answer = await (await context.connect()).post('/remove_api_user', { body: { username } })
  context.print(answer, () => `Removed ${username}.`)
}

interface TokenOptions {
  ttl?: string
  label?: string
  for?: string
  sync?: string[]
}

async function createToken(context: Context, { ttl, label, for: user, sync }: TokenOptions): Promise<void> {
  const body = {
    ...(ttl === undefined ? {} : { ttl: /^\d+$/.test(ttl) ? Number(ttl) : ttl }),
    ...(label === undefined ? {} : { label }),
    ...(user === undefined ? {} : { username: user }),
    ...(sync === undefined ? {} : { scope: { projects: sync, actions: ['sync' as const] } }),
  }
  const answer = await (await context.connect()).post('/create_token', { body })
  const ends = answer.expires_at === null ? 'It does not expire.' : `It expires at ${answer.expires_at}.`
  context.say(`The token ${answer.token_id} is shown only this once. ${ends}`)
  context.print(answer, () => answer.token)
}

async function listTokens(context: Context): Promise<void> {
  const tokens = await (await context.connect()).get('/list_tokens')
  const rows = tokens.map((token) => [
    token.token_id,
    token.username,
    token.label ?? UNKNOWN,
    showScope(token.scope),
    showAgo(token.last_used_at),
    showAgo(token.expires_at),
  ])
  const head = ['Token', 'User', 'Label', 'May', 'Last used', 'Expires']
  context.print(tokens, () => table(head, rows, process.stdout.columns ?? 120))
}

async function revokeToken(context: Context, token_id: string): Promise<void> {
  const answer = await (await context.connect()).post('/revoke_token', { body: { token_id } })
  context.print(answer, () => `Revoked ${token_id}.`)
}
