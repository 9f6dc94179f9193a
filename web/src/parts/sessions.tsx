// The browsers in which users are logged in, for root.

import type { SessionView } from '../../../shared/schemas/session.ts'
import { formatAge, formatNext, formatTime, NOTHING } from '../format.ts'
import type { Page } from '../page.ts'
import { NotYet } from './lost.tsx'
import { TableHead } from './table-head.tsx'

/** Waits for a request, tells what was done, and reads the lists again. False when it was refused, which is told too. */
export type Act = (request: Promise<unknown>, what: string) => Promise<boolean>

export function SessionTable({
  page: { session, fleet },
  sessions,
  act,
}: {
  page: Page
  sessions: readonly SessionView[] | null
  act: Act
}) {
  const end = ({ session_id, username }: SessionView) =>
    void act(session.api.post('/end_session', { body: { session_id } }), `Ended a session of ${username}`)
  return (
    <section class="panel" aria-labelledby="sessions-head">
      <header>
        <h2 id="sessions-head">Sessions</h2>
      </header>
      {sessions === null && <NotYet lost={fleet.lost} />}
      <table class="cards" hidden={sessions === null}>
        <TableHead names={['User', 'Address', 'Browser', 'Last used', 'Ends']} />
        <tbody>
          {(sessions ?? []).map((one) => (
            <tr key={one.session_id}>
              <th scope="row" class="nm">
                {one.username}
              </th>
              <td data-l="Address">{one.address}</td>
              <td data-l="Browser" title={one.agent ?? undefined}>
                {one.current ? 'this one' : browserOf(one.agent)}
              </td>
              <td data-l="Last used" title={formatTime(one.last_used_at)}>
                {formatAge(one.last_used_at)}
              </td>
              <td data-l="Ends" title={formatTime(one.expires_at)}>
                {one.expires_at === null ? 'never' : formatNext(one.expires_at)}
              </td>
              <td class="go">
                {!one.current && (
                  <button
                    type="button"
                    class="b s"
                    aria-label={`End the session of ${one.username} at ${one.address}`}
                    onClick={() => end(one)}
                  >
                    End
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** The name among all that a browser calls itself. */
function browserOf(agent: string | null): string {
  const [name = NOTHING] = /(Firefox|Edg|OPR|Chrome|Safari|curl)/.exec(agent ?? '') ?? []
  return name === 'Edg' ? 'Edge' : name === 'OPR' ? 'Opera' : name
}
