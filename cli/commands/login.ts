// mirrorfleet login, logout: save a token for later commands; revoke and delete it.

import type { Command } from 'commander'
import { basicAuthorization, createApiClient } from '../../shared/api/client.ts'
import { ApiError } from '../../shared/api/errors.ts'
import { askLine, askPassword } from '../../shared/node/ask-password.ts'
import type { Act } from '../act.ts'
import { withoutSlash } from '../choose-login.ts'
import { type Context, createContext } from '../context.ts'
import { revokeLogin } from '../revoke-login.ts'
import { loginAt, nameOf, readLogins, withLogin, withoutLogin, writeLogins } from '../saved-login.ts'
import { UsageError } from '../usage-error.ts'

const TRIES = 3

export function addLoginCommands(program: Command, act: Act): void {
  program
    .command('login [address]')
    .description('log in to a master, and save a token for later commands; --context gives the log-in a name')
    .option('--ttl <seconds>', 'lifetime of the token')
    .action((address: string | undefined, options: { ttl?: string }) => login(program.opts(), address, options))
  program.command('logout').description('revoke the saved token, and delete it here').action(act(logout))
}

async function login(
  { context: name, ...globals }: Context['options'],
  address: string | undefined,
  options: { ttl?: string },
): Promise<void> {
  const saved = readLogins(process.env)
  const known = saved.logins.find((one) => one.name === name)
  const url = address ?? globals.url ?? known?.url
  // A name that is not known yet is given here, so that it chooses no log-in.
  const context = createContext({ ...globals, ...(url === undefined ? {} : { url }) })
  const query = options.ttl === undefined ? {} : { ttl: Number(options.ttl) }
  const before = known ?? loginAt(saved, context.url)
  const user = globals.user ?? context.env.MIRRORFLEET_USER ?? (await askUser(context.url, before?.username ?? 'root'))
  const { token, token_id, expires_at } = await tryPasswords(context, user, (password) =>
    createApiClient(context.url, () => basicAuthorization(user, password)).get('/get_token', { query }),
  )
  const made = name ?? before?.name ?? nameOf(context.url)
  const added = { name: made, url: withoutSlash(context.url), username: user, token, token_id, expires_at }
  await writeLogins(context.env, withLogin(saved, added))
  // Nothing knows its text any more.
  const replaced = saved.logins.find((one) => one.name === made)
  if (replaced !== undefined) await revokeLogin(replaced)
  context.print(
    { context: made, url: context.url, user, expires_at },
    () => `Logged in to ${context.url} as ${user} until ${expires_at}.`,
  )
}

async function askUser(url: string, usual: string): Promise<string> {
  const typed = await askLine(`User at ${url} [${usual}]: `)
  return typed?.trim() || usual
}

/** A person may mistype; what a script gives is tried once. @throws {UsageError} when there is nobody to ask. */
async function tryPasswords<T>(context: Context, user: string, attempt: (password: string) => Promise<T>): Promise<T> {
  const given = context.env.MIRRORFLEET_PASSWORD
  if (given !== undefined) return attempt(given)
  for (let tried = 1; ; tried++) {
    const password = await askPassword(`Password of ${user} at ${context.url}: `)
    if (password === null)
      throw new UsageError('Cannot ask for the password: standard input is not a terminal. Set MIRRORFLEET_PASSWORD.')
    try {
      return await attempt(password)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      if (tried === TRIES) throw new Error(`${error.message} ${forgotten(user)}`, { cause: error })
      process.stderr.write('This user and password are not known there. Try again.\n')
    }
  }
}

function forgotten(user: string): string {
  return `If the password is forgotten, a root runs \`mirrorfleet user update ${user} --password\`, or \`mirrorfleet-master reset-password ${user}\` on the master's machine.`
}

async function logout(context: Context): Promise<void> {
  const saved = readLogins(context.env)
  const { context: name } = context.options
  const found = saved.logins.find((one) => one.name === name) ?? loginAt(saved, context.url)
  if (found === undefined) return context.say(`No log-in is saved for ${context.url}.`)
  const left = await revokeLogin(found)
  await writeLogins(context.env, withoutLogin(saved, found.name))
  context.say(left === null ? `Logged out of ${found.url}.` : `Logged out of ${found.url} on this machine. ${left}`)
}
