// The log-in that `mirrorfleet login` saves for later commands: an address and a token, in a file that only the user can read.

import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { writeWhole } from '../shared/store/write-whole.ts'

export interface SavedLogin {
  url: string
  username: string
  token: string
  /** ISO 8601. */
  expires_at: string
}

/** XDG Base Directory Specification: `$XDG_CONFIG_HOME/mirrorfleet/login.json`. */
function fileOf(env: NodeJS.ProcessEnv): string {
  return path.join(env.XDG_CONFIG_HOME || path.join(homedir(), '.config'), 'mirrorfleet', 'login.json')
}

/** Null when there is none or its token has expired. */
export function readLogin(env: NodeJS.ProcessEnv, now: number): SavedLogin | null {
  try {
    const login: SavedLogin = JSON.parse(readFileSync(fileOf(env), 'utf8'))
    return Date.parse(login.expires_at) > now ? login : null
  } catch {
    return null
  }
}

export async function saveLogin(env: NodeJS.ProcessEnv, login: SavedLogin): Promise<void> {
  const file = fileOf(env)
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  await writeWhole(file, `${JSON.stringify(login, null, 2)}\n`)
}

export function forgetLogin(env: NodeJS.ProcessEnv): void {
  rmSync(fileOf(env), { force: true })
}
