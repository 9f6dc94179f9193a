// The log-in of this page: a token that lives in memory only, and is renewed before it ends.

import { type Api, basicAuthorization, createApiClient, unwrap } from '../../shared/api/client.ts'

export interface Session {
  api: Api
  username: string
  role: string
  /** The header for what is no JSON: logs and events. */
  authorization: () => string
  end: () => void
}

const RENEW_SHARE = 0.7

/** @throws {ApiError} for a wrong password. `onLost` is called when the log-in cannot be kept. */
export async function logIn(username: string, password: string, onLost: () => void): Promise<Session> {
  let header = basicAuthorization(username, password)
  const api = createApiClient(location.origin, () => header)
  let timer: ReturnType<typeof setTimeout> | undefined
  const renew = async (): Promise<void> => {
    const { token, expires_at } = await unwrap(api.GET('/get_token', { params: { query: {} } }))
    header = `Bearer ${token}`
    timer = setTimeout(() => void renew().catch(onLost), (Date.parse(expires_at) - Date.now()) * RENEW_SHARE)
  }
  await renew()
  return { api, username, role: await findRole(api), authorization: () => header, end: () => clearTimeout(timer) }
}

/** What one may do shows by what one may ask: only root sees the users. */
async function findRole(api: Api): Promise<string> {
  const { response } = await api.GET('/test')
  return response.ok ? 'root' : 'user'
}
