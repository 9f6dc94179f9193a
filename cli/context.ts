// What every command gets: a client that is logged in, and functions that print in the form the user asked for.

import { type Api, basicAuthorization, createApiClient } from '../shared/api/client.ts'
import { askPassword } from '../shared/node/ask-password.ts'
import { readLogin } from './saved-login.ts'

export const DEFAULT_URL = 'http://127.0.0.1:5000'

/** The options of the whole program. */
export interface GlobalOptions {
  url?: string
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

/** The command line is wrong; the message says what to do. */
export class UsageError extends Error {}

export function createContext(options: GlobalOptions, env: NodeJS.ProcessEnv = process.env): Context {
  const saved = env.MIRRORFLEET_URL === undefined && options.url === undefined ? readLogin(env, Date.now()) : null
  const url = (options.url ?? env.MIRRORFLEET_URL ?? saved?.url ?? DEFAULT_URL).replace(/\/+$/, '')
  if (!/^https?:\/\/[^/]+$/.test(url))
    throw new UsageError(`"${url}" is not a valid address. Write it as ${DEFAULT_URL}.`)

  const authorization = async (): Promise<string> => {
    const user = options.user ?? env.MIRRORFLEET_USER
    if (env.MIRRORFLEET_TOKEN !== undefined) return `Bearer ${env.MIRRORFLEET_TOKEN}`
    if (user === undefined && saved !== null) return `Bearer ${saved.token}`
    const password = env.MIRRORFLEET_PASSWORD ?? (await askPassword(`Password of ${user ?? 'root'} at ${url}: `))
    if (password !== null) return basicAuthorization(user ?? 'root', password)
    throw new UsageError(
      'Not logged in. Run `mirrorfleet login`, or set MIRRORFLEET_TOKEN, or MIRRORFLEET_USER and MIRRORFLEET_PASSWORD.',
    )
  }

  return {
    env,
    options,
    url,
    connect: async () => {
      const header = await authorization()
      return createApiClient(url, () => header)
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
