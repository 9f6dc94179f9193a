import { expect, it } from 'vitest'
import { revokeLogin } from '../../cli/revoke-login.ts'
import { findFreePorts } from '../../scripts/sample/ports.ts'

const LOGIN = { name: 'x', url: 'http://127.0.0.1:9', username: 'root', token: 'secret-token', token_id: '0' }
const LATER = new Date(Date.now() + 3_600_000).toISOString()

it('a log-in that has ended needs no master', async () => {
  expect(await revokeLogin({ ...LOGIN, expires_at: '2020-01-01T00:00:00.000Z' })).toBeNull()
})

it('a log-in that could not be revoked says why, and until when it works', async () => {
  const [port] = await findFreePorts(1)
  const said = await revokeLogin({ ...LOGIN, url: `http://127.0.0.1:${port}`, expires_at: LATER })
  expect(said).toMatch(/^The token was not revoked: .*127\.0\.0\.1.* It works until /)
  expect(said).not.toContain('secret-token')
  const { token_id: _none, ...old } = LOGIN
  expect(await revokeLogin({ ...old, expires_at: LATER })).toContain('an earlier version has saved it')
})
