// Decides which master a command speaks to, and with which saved log-in. Pure.

import { didYouMean } from '../shared/nearest.ts'
import { loginAt, type SavedLogin, type SavedLogins } from './saved-login.ts'
import { UsageError } from './usage-error.ts'

export const DEFAULT_URL = 'http://127.0.0.1:5000'

export interface Chosen {
  url: string
  /** Undefined when none is saved for the address. It may have expired. */
  login: SavedLogin | undefined
}

/**
 * `--context` comes first, then `--url`, MIRRORFLEET_URL and the current log-in.
 *
 * @throws {UsageError} when there is no such context, or it is for another address than --url.
 */
export function chooseLogin(
  { context, url }: { context?: string; url?: string },
  env: NodeJS.ProcessEnv,
  saved: SavedLogins,
): Chosen {
  if (context !== undefined) {
    const login = findLogin(saved, context)
    if (url !== undefined && withoutSlash(url) !== login.url)
      throw new UsageError(`The context "${context}" is for ${login.url}, and --url names ${url}. Give one of them.`)
    return { url: login.url, login }
  }
  const named = url ?? env.MIRRORFLEET_URL
  if (named !== undefined) return { url: withoutSlash(named), login: loginAt(saved, named) }
  const login = saved.logins.find(({ name }) => name === saved.current)
  return { url: login?.url ?? DEFAULT_URL, login: login ?? loginAt(saved, DEFAULT_URL) }
}

/** @throws {UsageError} with the nearest name. */
export function findLogin({ logins }: SavedLogins, name: string): SavedLogin {
  const found = logins.find((one) => one.name === name)
  if (found !== undefined) return found
  const meant = didYouMean(
    name,
    logins.map((one) => one.name),
  )
  throw new UsageError(`There is no context "${name}".${meant || ' `mirrorfleet context list` lists them.'}`)
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
