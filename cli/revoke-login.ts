// Ends a saved log-in on its master: a token that nothing knows any more is not to work for months.

import { createApiClient } from '../shared/api/client.ts'
import { ApiError } from '../shared/api/errors.ts'
import type { SavedLogin } from './saved-login.ts'

/** Revokes the token. A sentence that says why it still works; null when it does not. */
export async function revokeLogin({ url, token, token_id, expires_at }: SavedLogin): Promise<string | null> {
  if (Date.parse(expires_at) <= Date.now()) return null
  const left = (why: string) => `The token was not revoked: ${why} It works until ${expires_at}.`
  if (token_id === undefined) return left('an earlier version has saved it, without its id.')
  try {
    await createApiClient(url, () => `Bearer ${token}`).post('/revoke_token', { body: { token_id } })
    return null
  } catch (error) {
    // The master knows it no more.
    if (error instanceof ApiError && error.status === 401) return null
    return left(error instanceof Error ? error.message : String(error))
  }
}
