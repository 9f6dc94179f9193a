// Decides with what a command logs in: a token or password from the environment, or a saved token. Pure.

import { basicAuthorization } from '../shared/api/client.ts'
import type { SavedLogin } from './saved-login.ts'

interface Named {
  context?: string
  user?: string
}

/** The header `authorization`. Null when nothing is at hand, so that a person has to be asked for a password. */
export function readyAuthorization(
  options: Named,
  env: NodeJS.ProcessEnv,
  login: SavedLogin | undefined,
): string | null {
  const { MIRRORFLEET_TOKEN: token, MIRRORFLEET_PASSWORD: password } = environmentFor(options, env)
  if (token !== undefined) return `Bearer ${token}`
  if (password !== undefined) return basicAuthorization(userOf(options, env, login), password)
  const isValid = isSaved(options, env, login) && Date.parse(login.expires_at) > Date.now()
  return isValid ? `Bearer ${login.token}` : null
}

/** True when the saved log-in is that of the user who is named, or nobody is. It may have expired. */
export function isSaved(options: Named, env: NodeJS.ProcessEnv, login: SavedLogin | undefined): login is SavedLogin {
  const user = namedUser(options, env)
  return login !== undefined && (user === undefined || user === login.username)
}

export function userOf(options: Named, env: NodeJS.ProcessEnv, login: SavedLogin | undefined): string {
  return namedUser(options, env) ?? login?.username ?? 'root'
}

function namedUser(options: Named, env: NodeJS.ProcessEnv): string | undefined {
  return options.user ?? environmentFor(options, env).MIRRORFLEET_USER
}

/** Who names a context means its user, and its master alone gets the token. */
function environmentFor({ context }: Named, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return context === undefined ? env : {}
}
