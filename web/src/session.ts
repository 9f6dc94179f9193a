// The log-in of this page: it is kept in memory only, and its token is renewed before it expires.

import { type Api, basicAuthorization, createApiClient } from '../../shared/api/client.ts'
import type { Role } from '../../shared/schemas/roles.ts'

export interface Session {
  api: Api
  username: string
  role: Role
  end: () => void
}

const RENEW_SHARE = 0.7

/**
 * Logs in by password for each new token, because a token cannot create one that outlives it.
 *
 * @throws {ApiError} for a wrong password. `onLost` is called when the log-in cannot be renewed.
 */
export async function logIn(username: string, password: string, onLost: () => void): Promise<Session> {
  const byPassword = createApiClient(location.origin, () => basicAuthorization(username, password))
  let timer: ReturnType<typeof setTimeout> | undefined
  let header = ''
  const renew = async () => {
    const answer = await byPassword.get('/get_token')
    header = `Bearer ${answer.token}`
    timer = setTimeout(() => void renew().catch(onLost), (Date.parse(answer.expires_at) - Date.now()) * RENEW_SHARE)
    return answer
  }
  const { role } = await renew()
  const api = createApiClient(location.origin, () => header)
  return { api, username, role, end: () => clearTimeout(timer) }
}
