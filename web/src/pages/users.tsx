// Users and tokens, for root.

import { useEffect, useState } from 'preact/hooks'
import { ROLES, type Role } from '../../../shared/schemas/roles.ts'
import type { SessionView } from '../../../shared/schemas/session.ts'
import type { TokenView } from '../../../shared/schemas/token.ts'
import { showScope } from '../../../shared/words.ts'
import { formatAge, formatNext, formatTime } from '../format.ts'
import type { Page } from '../page.ts'
import { NotYet } from '../parts/lost.tsx'
import { NewToken } from '../parts/new-token.tsx'
import { type Act, SessionTable } from '../parts/sessions.tsx'
import { TableHead } from '../parts/table-head.tsx'

interface User {
  username: string
  role: Role
}

export function UsersPage({ page }: { page: Page }) {
  const { session, fleet, tell, fail } = page
  const [users, setUsers] = useState<readonly User[] | null>(null)
  const [tokens, setTokens] = useState<readonly TokenView[] | null>(null)
  const [sessions, setSessions] = useState<readonly SessionView[] | null>(null)
  document.title = 'Users · Mirrorfleet'
  const load = () => {
    const onError = (error: Error) => fail(error.message)
    session.api.get('/list_users').then(setUsers, onError)
    session.api.get('/list_tokens').then(setTokens, onError)
    session.api.get('/list_sessions').then(setSessions, onError)
  }
  const isLost = fleet.lost !== null
  useEffect(() => {
    if (!isLost) load()
  }, [session, isLost])
  const act: Act = (request, what) =>
    request.then(
      () => {
        tell(what, '#/audit')
        load()
        return true
      },
      (error: Error) => {
        fail(error.message)
        return false
      },
    )
  return (
    <div class="stack">
      <div class="head">
        <h1>Users, tokens and sessions</h1>
      </div>
      <UserTable page={page} users={users} act={act} />
      <AddUser page={page} act={act} />
      <TokenTable page={page} tokens={tokens} act={act} />
      <NewToken page={page} users={(users ?? []).map(({ username }) => username)} act={act} />
      <SessionTable page={page} sessions={sessions} act={act} />
    </div>
  )
}

function UserTable({ page, users, act }: { page: Page; users: readonly User[] | null; act: Act }) {
  const { session, fleet, ask } = page
  const remove = (username: string) =>
    ask({
      title: `Remove ${username}?`,
      text: 'Their tokens end at once. Their projects stay, and root manages them.',
      action: 'Remove',
      danger: true,
      run: () => void act(session.api.post('/remove_api_user', { body: { username } }), `Removed ${username}`),
    })
  return (
    <section class="panel" aria-label="Users">
      {users === null && <NotYet lost={fleet.lost} />}
      <table class="cards" hidden={users === null}>
        <TableHead names={['User', 'Role']} />
        <tbody>
          {(users ?? []).map(({ username, role }) => (
            <tr key={username}>
              <th scope="row" class="nm grow">
                {username}
              </th>
              <td>
                <select
                  aria-label={`Role of ${username}`}
                  value={role}
                  onChange={(event) =>
                    void act(
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
              <td class="go">
                <button type="button" class="b s" aria-label={`Remove ${username}`} onClick={() => remove(username)}>
                  Remove
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function AddUser({ page: { session }, act }: { page: Page; act: Act }) {
  const add = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const given = new FormData(form)
    const body = {
      username: String(given.get('username')),
      password: String(given.get('password')),
      role: given.get('role') as Role,
    }
    // What was refused stays, to be mended.
    void act(session.api.post('/create_api_user', { body }), `Added ${body.username}`).then((done) => {
      if (done) form.reset()
    })
  }
  return (
    <form class="panel" onSubmit={add} aria-label="Add a user">
      <header>
        <h2>Add a user</h2>
      </header>
      <div class="grid in">
        <div class="f c4">
          <label for="new-user" class="req">
            User
          </label>
          <input id="new-user" name="username" required autocomplete="off" />
        </div>
        <div class="f c4">
          <label for="new-password" class="req">
            Password
          </label>
          <input id="new-password" name="password" type="password" required autocomplete="new-password" />
        </div>
        <div class="f c4">
          <label for="new-role">Role</label>
          <select id="new-role" name="role">
            {/* The role with the fewest rights is the default. */}
            {ROLES.toReversed().map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </div>
      </div>
      <div class="bar">
        <div class="acts">
          <button type="submit" class="b p">
            Add user
          </button>
        </div>
      </div>
    </form>
  )
}

function TokenTable({ page, tokens, act }: { page: Page; tokens: readonly TokenView[] | null; act: Act }) {
  const { session, fleet, ask } = page
  const revoke = ({ token_id, label, username }: TokenView) =>
    ask({
      title: `Revoke ${label ?? token_id}?`,
      text: `Whatever logs in with this token of ${username} is refused from now on. It cannot be taken back.`,
      action: 'Revoke',
      danger: true,
      run: () => void act(session.api.post('/revoke_token', { body: { token_id } }), `Revoked ${label ?? token_id}`),
    })
  return (
    <section class="panel" aria-labelledby="tokens-head">
      <header>
        <h2 id="tokens-head">Tokens</h2>
      </header>
      {tokens === null ? (
        <NotYet lost={fleet.lost} />
      ) : tokens.length === 0 ? (
        <p class="in muted">No tokens.</p>
      ) : (
        <table class="cards">
          <TableHead names={['Token', 'User', 'May', 'Last used', 'Expires']} />
          <tbody>
            {tokens.map((token) => (
              <tr key={token.token_id}>
                <th scope="row" class="nm">
                  {token.label ?? token.token_id}
                </th>
                <td class="long" data-l="User">
                  {token.username}
                </td>
                <td class="long" data-l="May">
                  {showScope(token.scope)}
                </td>
                <td data-l="Last used" title={formatTime(token.last_used_at)}>
                  {token.last_used_at === null ? 'never' : formatAge(token.last_used_at)}
                </td>
                <td data-l="Expires" title={formatTime(token.expires_at)}>
                  {token.expires_at === null ? 'never' : formatNext(token.expires_at)}
                </td>
                <td class="go">
                  <button
                    type="button"
                    class="b s"
                    aria-label={`Revoke ${token.label ?? token.token_id}`}
                    onClick={() => revoke(token)}
                  >
                    Revoke
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
