// The log-in of this page: a cookie that no script can read, so that a page that is loaded again is still logged in.

import { type Api, createApiClient } from '../../shared/api/client.ts'
import { ApiError, NoAnswerError } from '../../shared/api/errors.ts'
import type { Role } from '../../shared/schemas/roles.ts'

/** Where a person reads it, an address and what the browser calls its error help nobody. */
export const NO_ANSWER = 'The master does not answer. Try again in a moment.'

export interface Session {
  api: Api
  username: string
  role: Role
  /** Logs out. */
  end: () => Promise<unknown>
}

/** `onLost` is called when the session has ended: elsewhere, or by its age. @throws {ApiError} for a wrong password. */
export async function logIn(username: string, password: string, onLost: () => void): Promise<Session> {
  const { role, ...answer } = await openApi(() => {}).post('/log_in', { body: { username, password } })
  return openSession(answer.username, role, onLost)
}

/** The session that the browser has from before; null when it has none. @throws {Error} when no master answers. */
export async function resumeSession(onLost: () => void): Promise<Session | null> {
  try {
    const sessions = await openApi(() => {}).get('/list_sessions')
    const current = sessions.find((one) => one.current)
    return current === undefined ? null : openSession(current.username, current.role, onLost)
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

function openSession(username: string, role: Role, onLost: () => void): Session {
  const api = openApi(onLost)
  return { api, username, role, end: () => api.post('/log_out') }
}

/** The API, which says in plain words that nothing answers. */
function openApi(onLost: () => void): Api {
  const api = createApiClient(location.origin, undefined, onLost)
  const say = (error: unknown): never => {
    throw error instanceof NoAnswerError ? new NoAnswerError(NO_ANSWER) : error
  }
  return {
    get: (path, ...given) => api.get(path, ...given).catch(say),
    post: (path, ...given) => api.post(path, ...given).catch(say),
    open: (path, request, more) => api.open(path, request, more).catch(say),
  }
}
