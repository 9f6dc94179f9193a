// The slaves: their states, where each pulls from, and where it lags. Root adds and removes them, and sees their tokens.

import { useState } from 'preact/hooks'
import { showAgo, UNKNOWN } from '../../../shared/words.ts'
import type { Page } from '../page.ts'
import { Confirm, type Question } from '../parts/confirm.tsx'
import { State } from '../parts/state.tsx'

export function SlavesPage({ page }: { page: Page }) {
  const { session, fleet, tell } = page
  const [question, setQuestion] = useState<Question | null>(null)
  const [settings, setSettings] = useState<string | null>(null)
  const add = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const given = new FormData(form)
    const upstream = String(given.get('upstream'))
    const body = {
      hostname: String(given.get('hostname')),
      port: String(given.get('port')),
      ...(upstream === '' ? {} : { upstream }),
    }
    session.api.post('/add_slave', { body }).then(
      ({ id, details, reachable }) => {
        tell(
          `${id}: ${details}${reachable ? '' : ', but it does not answer yet. “Settings” shows what to start it with'}`,
        )
        form.reset()
      },
      (error: Error) => tell(error.message),
    )
  }
  const remove = (hostname: string, port: number) =>
    setQuestion({
      title: `Remove ${hostname}:${port}?`,
      text: 'The master sends it no more runs, and it can no longer pull. Its files are kept.',
      action: 'Remove',
      run: () =>
        void session.api.post('/remove_slave', { body: { hostname, port } }).then(
          () => tell(`Removed ${hostname}:${port}`),
          (error: Error) => tell(error.message),
        ),
    })
  const showSettings = (id: string) =>
    void session.api.post('/slave_token', { body: { id } }).then(
      ({ token }) => setSettings(`SLAVE_ID=${id}\nSLAVE_TOKEN=${token}`),
      (error: Error) => tell(error.message),
    )
  return (
    <>
      <h1>Slaves</h1>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {['Slave', 'State', 'Pulls from', 'Version', 'Last seen', 'Lagging', 'Actions'].map((name) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {fleet.slaves.map((slave) => (
              <tr key={slave.id}>
                <th scope="row">{slave.id}</th>
                <td>
                  <State name={slave.state} />
                  {slave.reason !== null && <p>{slave.reason}</p>}
                </td>
                <td>{slave.upstream ?? 'master'}</td>
                <td>{slave.version ?? UNKNOWN}</td>
                <td>{showAgo(slave.last_seen)}</td>
                <td>
                  {Object.entries(slave.projects)
                    .filter(([, { lag }]) => lag > 0)
                    .map(([id, { lag }]) => `${id} (${lag})`)
                    .join(', ') || 'none'}
                </td>
                <td>
                  <button type="button" disabled={session.role !== 'root'} onClick={() => showSettings(slave.id)}>
                    Settings
                  </button>
                  <button
                    type="button"
                    disabled={session.role !== 'root'}
                    onClick={() => remove(slave.hostname, slave.port)}
                  >
                    Remove
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {session.role === 'root' && (
        <form class="card" onSubmit={add} aria-label="Add a slave">
          <label>
            Hostname
            <input name="hostname" required />
          </label>
          <label>
            Port
            <input name="port" required inputMode="numeric" defaultValue="7000" />
          </label>
          <label>
            Pulls from
            <select name="upstream">
              <option value="">master</option>
              {fleet.slaves.map((slave) => (
                <option key={slave.id}>{slave.id}</option>
              ))}
            </select>
          </label>
          <button type="submit" class="primary">
            Add slave
          </button>
        </form>
      )}
      {settings !== null && (
        <section class="card" aria-label="Settings of the slave">
          <p>Set these on the slave, and restart it:</p>
          <pre>{settings}</pre>
          <button type="button" onClick={() => setSettings(null)}>
            Hide
          </button>
        </section>
      )}
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  )
}
