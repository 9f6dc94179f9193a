// mirrorfleet context …: list, use, remove the saved log-ins.

import type { Command } from 'commander'
import { showAgo } from '../../shared/words.ts'
import type { Act } from '../act.ts'
import { findLogin } from '../choose-login.ts'
import type { Context } from '../context.ts'
import { table } from '../format.ts'
import { revokeLogin } from '../revoke-login.ts'
import { readLogins, withoutLogin, writeLogins } from '../saved-login.ts'

export function addContextCommands(program: Command, act: Act): void {
  const context = program.command('context').description('manage the saved log-ins: one for each master')
  context.command('list').description('list the saved log-ins; * marks the current one').action(act(list))
  context.command('use <name>').description('use a saved log-in from now on').action(act(use))
  context.command('remove <name>').description('revoke a saved log-in, and delete it here').action(act(remove))
}

async function list(context: Context): Promise<void> {
  const { current, logins } = readLogins(context.env)
  const shown = logins.map(({ token: _secret, ...login }) => ({ ...login, current: login.name === current }))
  const rows = shown.map((one) => [
    one.current ? '*' : '',
    one.name,
    one.url,
    one.username,
    `${Date.parse(one.expires_at) > Date.now() ? '' : 'expired '}${showAgo(one.expires_at)}`,
  ])
  context.print(shown, () =>
    rows.length === 0
      ? 'No log-in is saved. Make one with `mirrorfleet login`.'
      : table(['', 'Context', 'Address', 'User', 'Expires'], rows, process.stdout.columns ?? 120),
  )
}

async function use(context: Context, name: string): Promise<void> {
  const saved = readLogins(context.env)
  const { url, username } = findLogin(saved, name)
  await writeLogins(context.env, { ...saved, current: name })
  context.print({ current: name, url }, () => `Commands now use ${name}: ${url} as ${username}.`)
}

async function remove(context: Context, name: string): Promise<void> {
  const saved = readLogins(context.env)
  const login = findLogin(saved, name)
  const left = await revokeLogin(login)
  await writeLogins(context.env, withoutLogin(saved, name))
  context.print({ removed: name }, () =>
    [`Removed ${name} (${login.url}).`, ...(left === null ? [] : [left])].join(' '),
  )
}
