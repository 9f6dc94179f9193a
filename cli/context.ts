// What every command gets: a client that is logged in, and functions that print in the form the user asked for.

import { type Api, basicAuthorization, createApiClient } from '../shared/api/client.ts'
import { askPassword } from '../shared/node/ask-password.ts'
import { isSaved, readyAuthorization, userOf } from './authorization.ts'
import { chooseLogin, DEFAULT_URL } from './choose-login.ts'
import { readLogins, type SavedLogin } from './saved-login.ts'
import { UsageError } from './usage-error.ts'

/** The options of the whole program. */
export interface GlobalOptions {
  url?: string
  context?: string
  user?: string
  json?: boolean
  quiet?: boolean
  verbose?: boolean
}

export interface Context {
  env: NodeJS.ProcessEnv
  options: GlobalOptions
  url: string
  /** The client; asks for a missing password on a terminal. @throws {UsageError} */
  connect: () => Promise<Api>
  /** Prints a result: `data` as JSON with --json, otherwise the text of `show`. */
  print: (data: unknown, show: () => string) => void
  /** Prints a message to standard error; nothing with --quiet or --json. */
  say: (text: string) => void
}

const NOT_LOGGED_IN =
  'Not logged in. Run `mirrorfleet login`, or set MIRRORFLEET_TOKEN, or MIRRORFLEET_USER and MIRRORFLEET_PASSWORD.'

function expired({ name, url, expires_at }: SavedLogin): string {
  return `The log-in at ${url} has expired (${expires_at}). Run \`mirrorfleet login --context ${name}\`.`
}

export function createContext(options: GlobalOptions, env: NodeJS.ProcessEnv = process.env): Context {
  const { url, login } = chooseLogin(options, env, readLogins(env))
  if (!/^https?:\/\/[^/]+$/.test(url))
    throw new UsageError(`"${url}" is not a valid address. Write it as ${DEFAULT_URL}.`)

  const authorization = async (): Promise<string> => {
    const ready = readyAuthorization(options, env, login)
    if (ready !== null) return ready
    const name = userOf(options, env, login)
    const password = await askPassword(`Password of ${name} at ${url}: `)
    if (password !== null) return basicAuthorization(name, password)
    throw new UsageError(isSaved(options, env, login) ? expired(login) : NOT_LOGGED_IN)
  }

  // Nobody is asked for a password twice.
  let connected: Promise<Api> | null = null
  return {
    env,
    options,
    url,
    connect: () => {
      connected ??= authorization().then((header) => createApiClient(url, () => header))
      return connected
    },
    print: (data, show) => {
      const text = options.json ? JSON.stringify(data, null, 2) : show()
      if (text !== '') process.stdout.write(`${text}\n`)
    },
    say: (text) => {
      if (!options.quiet && !options.json) process.stderr.write(`${text}\n`)
    },
  }
}
