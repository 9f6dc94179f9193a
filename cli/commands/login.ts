// mirrorfleet login, logout: keeps a token for the next commands.

import type { Command } from 'commander'
import { basicAuthorization, createApiClient } from '../../shared/api/client.ts'
import type { Act } from '../act.ts'
import { type Context, UsageError } from '../context.ts'
import { askPassword } from '../prompt.ts'
import { forgetLogin, saveLogin } from '../saved-login.ts'

export function addLoginCommands(program: Command, act: Act): void {
  program
    .command('login')
    .description('log in, and stay so until the token expires')
    .option('--ttl <seconds>', 'how long the token lasts')
    .action(act(login))
  program.command('logout').description('end the saved token').action(act(logout))
}

async function login(context: Context, options: { ttl?: string }): Promise<void> {
  const user = context.options.user ?? context.env.MIRRORFLEET_USER ?? 'root'
  const password = context.env.MIRRORFLEET_PASSWORD ?? (await askPassword(`Password of ${user} at ${context.url}: `))
  if (password === null) throw new UsageError('There is no terminal to ask on; set MIRRORFLEET_PASSWORD.')
  const api = createApiClient(context.url, () => basicAuthorization(user, password))
  const query = options.ttl === undefined ? {} : { ttl: Number(options.ttl) }
  const { token, expires_at } = await api.get('/get_token', { query })
  await saveLogin(context.env, { url: context.url, username: user, token, expires_at })
  context.print(
    { url: context.url, user, expires_at },
    () => `Logged in at ${context.url} as ${user} until ${expires_at}.`,
  )
}

async function logout(context: Context): Promise<void> {
  forgetLogin(context.env)
  context.say('Logged out on this machine.')
}
