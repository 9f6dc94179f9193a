// mirrorfleet login, logout: save a token for later commands, and delete it.

import type { Command } from 'commander'
import { basicAuthorization, createApiClient } from '../../shared/api/client.ts'
import { askPassword } from '../../shared/node/ask-password.ts'
import type { Act } from '../act.ts'
import { type Context, UsageError } from '../context.ts'
import { forgetLogin, saveLogin } from '../saved-login.ts'

export function addLoginCommands(program: Command, act: Act): void {
  program
    .command('login')
    .description('log in, and save a token for later commands')
    .option('--ttl <seconds>', 'lifetime of the token')
    .action(act(login))
  program.command('logout').description('delete the saved token').action(act(logout))
}

async function login(context: Context, options: { ttl?: string }): Promise<void> {
  const user = context.options.user ?? context.env.MIRRORFLEET_USER ?? 'root'
  const password = context.env.MIRRORFLEET_PASSWORD ?? (await askPassword(`Password of ${user} at ${context.url}: `))
  if (password === null)
    throw new UsageError('Cannot ask for the password: standard input is not a terminal. Set MIRRORFLEET_PASSWORD.')
  const api = createApiClient(context.url, () => basicAuthorization(user, password))
  const query = options.ttl === undefined ? {} : { ttl: Number(options.ttl) }
  const { token, expires_at } = await api.get('/get_token', { query })
  await saveLogin(context.env, { url: context.url, username: user, token, expires_at })
  context.print(
    { url: context.url, user, expires_at },
    () => `Logged in to ${context.url} as ${user} until ${expires_at}.`,
  )
}

async function logout(context: Context): Promise<void> {
  forgetLogin(context.env)
  context.say('Logged out on this machine.')
}
