// Users and tokens, for root.

import { useEffect, useState } from 'preact/hooks'
import { ROLES, type Role } from '../../../shared/schemas/roles.ts'
import type { TokenView } from '../../../shared/schemas/token.ts'
import { showAgo, showScope, UNKNOWN } from '../../../shared/words.ts'
import type { Page } from '../page.ts'

export function UsersPage({ page }: { page: Page }) {
  const { session, tell } = page
  const [users, setUsers] = useState<readonly { username: string; role: string }[]>([])
  const [tokens, setTokens] = useState<readonly TokenView[]>([])
  const load = () => {
    session.api.get('/list_users').then(setUsers, (error: Error) => tell(error.message))
    session.api.get('/list_tokens').then(setTokens, () => {})
  }
  useEffect(load, [session])
  const act = (request: Promise<unknown>, what: string) =>
    void request.then(
      () => {
        tell(what)
        load()
      },
      (error: Error) => tell(error.message),
    )
  const add = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const given = new FormData(form)
    const body = {
      username: String(given.get('username')),
      password: String(given.get('password')),
      role: given.get('role') as Role,
    }
    act(session.api.post('/create_api_user', { body }), `Added ${body.username}`)
    form.reset()
  }
  return (
    <>
      <h1>Users and tokens</h1>
      <table>
        <thead>
          <tr>
            <th scope="col">User</th>
            <th scope="col">Role</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          {users.map(({ username, role }) => (
            <tr key={username}>
              <th scope="row">{username}</th>
              <td>
                <select
                  aria-label={`Role of ${username}`}
                  value={role}
                  onChange={(event) =>
                    act(
                      session.api.post('/update_api_user', {
                        body: { username, role: event.currentTarget.value as Role },
                      }),
                      `Changed ${username}`,
                    )
                  }
                >
                  {ROLES.map((one) => (
                    <option key={one}>{one}</option>
                  ))}
                </select>
              </td>
              <td>
                <button
                  type="button"
                  aria-label={`Remove ${username}`}
                  onClick={() =>
                    act(session.api.post('/remove_api_user', { body: { username } }), `Removed ${username}`)
                  }
                >
                  Remove
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <form class="card" onSubmit={add} aria-label="Add a user">
        <label>
          User
          <input name="username" required autocomplete="off" />
        </label>
        <label>
          Password
          <input name="password" type="password" required autocomplete="new-password" />
        </label>
        <label>
          Role
          <select name="role">
            {/* The role with the fewest rights is the default. */}
            {ROLES.toReversed().map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <button type="submit" class="primary">
          Add user
        </button>
      </form>
      <h2>Tokens</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Token</th>
            <th scope="col">User</th>
            <th scope="col">Label</th>
            <th scope="col">May</th>
            <th scope="col">Last used</th>
            <th scope="col">Expires</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          {tokens.map(({ token_id, username, label, scope, last_used_at, expires_at }) => (
            <tr key={token_id}>
              <th scope="row">{token_id}</th>
              <td>{username}</td>
              <td>{label ?? UNKNOWN}</td>
              <td>{showScope(scope)}</td>
              <td>{showAgo(last_used_at)}</td>
              <td>{showAgo(expires_at)}</td>
              <td>
                <button
                  type="button"
                  aria-label={`Revoke ${token_id}`}
                  onClick={() => act(session.api.post('/revoke_token', { body: { token_id } }), `Revoked ${token_id}`)}
                >
                  Revoke
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
