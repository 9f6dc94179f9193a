// The log-in of this page: a cookie that no script can read, so that a page that is loaded again is still logged in.

import { type Api, createApiClient } from '../../shared/api/client.ts'
import { ApiError } from '../../shared/api/errors.ts'
import type { Role } from '../../shared/schemas/roles.ts'

export interface Session {
  api: Api
  username: string
  role: Role
  /** Logs out. */
  end: () => Promise<unknown>
}

/** `onLost` is called when the session has ended: elsewhere, or by its age. @throws {ApiError} for a wrong password. */
export async function logIn(username: string, password: string, onLost: () => void): Promise<Session> {
  const { role, ...answer } = await createApiClient(location.origin).post('/log_in', { body: { username, password } })
  return openSession(answer.username, role, onLost)
}

/** The session that the browser has from before; null when it has none. @throws {Error} when no master answers. */
export async function resumeSession(onLost: () => void): Promise<Session | null> {
  try {
    const sessions = await createApiClient(location.origin).get('/list_sessions')
    const current = sessions.find((one) => one.current)
    return current === undefined ? null : openSession(current.username, current.role, onLost)
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

function openSession(username: string, role: Role, onLost: () => void): Session {
  const api = createApiClient(location.origin, undefined, onLost)
  return { api, username, role, end: () => api.post('/log_out') }
}
