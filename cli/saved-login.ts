// The log-ins that `mirrorfleet login` saves for later commands, one per address, in a file that only the user can read.

import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { writeWhole } from '../shared/store/write-whole.ts'

/** One master and one user there, under a name. */
export interface SavedLogin {
  name: string
  url: string
  username: string
  token: string
  /** Missing in log-ins of versions before this field: such a token cannot be revoked. */
  token_id?: string
  /** ISO 8601. */
  expires_at: string
}

/** `current` names the log-in that is used when a command names none; null for none. */
export interface SavedLogins {
  current: string | null
  logins: readonly SavedLogin[]
}

/** XDG Base Directory Specification: `$XDG_CONFIG_HOME/mirrorfleet/login.json`. */
function fileOf(env: NodeJS.ProcessEnv): string {
  return path.join(env.XDG_CONFIG_HOME || path.join(homedir(), '.config'), 'mirrorfleet', 'login.json')
}

/** What is saved, with log-ins that have expired: their addresses still count. A file that cannot be read holds none. */
export function readLogins(env: NodeJS.ProcessEnv): SavedLogins {
  try {
    return readText(readFileSync(fileOf(env), 'utf8'))
  } catch {
    return { current: null, logins: [] }
  }
}

function readText(text: string): SavedLogins {
  const { current, logins, ...first } = JSON.parse(text)
  if (Array.isArray(logins)) return { current: typeof current === 'string' ? current : null, logins }
  // Earlier versions saved one log-in without a name.
  const name = nameOf(first.url)
  return { current: name, logins: [{ name, ...first }] }
}

/** Writes them; without any, removes the file. */
export async function writeLogins(env: NodeJS.ProcessEnv, saved: SavedLogins): Promise<void> {
  const file = fileOf(env)
  if (saved.logins.length === 0) return rmSync(file, { force: true })
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  await writeWhole(file, `${JSON.stringify(saved, null, 2)}\n`)
}

/** The log-in for an address; of several, the current one. Undefined when there is none. */
export function loginAt({ current, logins }: SavedLogins, url: string): SavedLogin | undefined {
  const found = logins.filter((one) => sameAddress(one.url, url))
  return found.find(({ name }) => name === current) ?? found[0]
}

/** With this log-in under its name, in place of any that had it, and as the current one. */
export function withLogin({ logins }: SavedLogins, login: SavedLogin): SavedLogins {
  return { current: login.name, logins: [...logins.filter(({ name }) => name !== login.name), login] }
}

/** Deletes a log-in. If it was the current one, there is none until another is chosen. */
export function withoutLogin({ current, logins }: SavedLogins, gone: string): SavedLogins {
  return { current: current === gone ? null : current, logins: logins.filter(({ name }) => name !== gone) }
}

/** The name of a log-in for which the user gives none: its host and port. @throws {TypeError} when it is no address. */
export function nameOf(url: string): string {
  return new URL(url).host
}

function sameAddress(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin
}
