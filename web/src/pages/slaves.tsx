// The slaves: how each is and why, where it pulls from, and what is behind. Root adds and removes them.

import { useState } from 'preact/hooks'
import type { MasterView } from '../../../shared/schemas/master.ts'
import type { SlaveView } from '../../../shared/schemas/slave.ts'
import { formatAge, formatTime } from '../format.ts'
import { newestVersion, noteOnVersion, reasonOfMaster, roomOf } from '../master-look.ts'
import type { Page } from '../page.ts'
import { Icon } from '../parts/icon.tsx'
import { NotYet } from '../parts/lost.tsx'
import { Menu } from '../parts/menu.tsx'
import { NodeProjects, NodeState, NodesHead, NodeVersion } from '../parts/nodes.tsx'
import { ShownOnce } from '../parts/shown-once.tsx'
import { TableHead } from '../parts/table-head.tsx'
import { lookOfSlave } from '../stage-look.ts'

export function SlavesPage({ page }: { page: Page }) {
  const { session, fleet, tell, fail } = page
  const [settings, setSettings] = useState<string | null>(null)
  document.title = 'Slaves · Mirrorfleet'
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
      ({ id, details, reachable, token }) => {
        tell(`${id}: ${details}${reachable ? '' : ', but it does not answer yet'}`)
        setSettings(settingsOf(id, token))
        form.reset()
      },
      (error: Error) => fail(error.message),
    )
  }
  const showSettings = (id: string) =>
    void session.api.post('/slave_token', { body: { id } }).then(
      ({ token }) => setSettings(settingsOf(id, token)),
      (error: Error) => fail(error.message),
    )
  const pulling = new Set(
    [...fleet.open.values()].flatMap(({ slaves }) =>
      slaves.filter(({ state }) => state === 'syncing').map(({ slave_id }) => slave_id),
    ),
  )
  const [sole, ...others] = fleet.masters
  return (
    <div class="slaves stack">
      <NodesHead title="Slaves" masters={fleet.masters} />
      <section class="panel" aria-label="Slaves">
        {!fleet.loaded ? (
          <NotYet lost={fleet.lost} />
        ) : fleet.slaves.length === 0 ? (
          <p class="in muted">No slaves yet. A master without slaves mirrors all the same.</p>
        ) : (
          <table class="cards">
            <TableHead names={['Slave', 'State', 'Pulls from', 'Version', 'Last seen', 'Behind']} />
            <tbody>
              {fleet.slaves.map((slave) => (
                <SlaveLine
                  key={slave.id}
                  page={page}
                  slave={slave}
                  pulling={pulling.has(slave.id)}
                  showSettings={showSettings}
                />
              ))}
            </tbody>
          </table>
        )}
      </section>
      {sole !== undefined && others.length === 0 && <SoleMaster master={sole} />}
      {settings !== null && (
        <ShownOnce
          page={page}
          title="Settings of the slave"
          says="Set these on the slave, and restart it. The token is its password: keep it to yourself."
          text={settings}
          hide={() => setSettings(null)}
        />
      )}
      {session.role === 'root' && (
        <form class="panel" onSubmit={add} aria-label="Add a slave">
          <header>
            <h2>Add a slave</h2>
          </header>
          <div class="grid in">
            <div class="f c6">
              <label for="hostname" class="req">
                Hostname
              </label>
              <input id="hostname" name="hostname" required autocomplete="off" />
            </div>
            <div class="f c2 h">
              <label for="port">Port</label>
              <input id="port" name="port" required inputMode="numeric" defaultValue="7000" />
            </div>
            <div class="f c4">
              <label for="upstream">Pulls from</label>
              <select id="upstream" name="upstream">
                <option value="">master</option>
                {fleet.slaves.map((slave) => (
                  <option key={slave.id}>{slave.id}</option>
                ))}
              </select>
            </div>
          </div>
          <div class="bar">
            <div class="acts">
              <button type="submit" class="b p">
                Add slave
              </button>
            </div>
          </div>
        </form>
      )}
    </div>
  )
}

/** A single master has no page of its own; what its disk has stands here. */
function SoleMaster({ master }: { master: MasterView }) {
  const room = roomOf(master)
  return (
    <p class="muted small">
      {room === null ? 'The disk of the master does not answer.' : `Free space on the master: ${room}.`}{' '}
      {reasonOfMaster(master)}
    </p>
  )
}

const settingsOf = (id: string, token: string) => `SLAVE_ID=${id}\nSLAVE_TOKEN=${token}`

interface LineProps {
  page: Page
  slave: SlaveView
  pulling: boolean
  showSettings: (id: string) => void
}

function SlaveLine({ page: { session, fleet, tell, fail, ask }, slave, pulling, showSettings }: LineProps) {
  const { id, hostname, port } = slave
  const remove = () =>
    ask({
      title: `Remove ${id}?`,
      text: 'The master sends it no more runs, and it can no longer pull. Its files are kept.',
      action: 'Remove',
      danger: true,
      run: () =>
        void session.api.post('/remove_slave', { body: { hostname, port } }).then(
          () => tell(`Removed ${id}`),
          (error: Error) => fail(error.message),
        ),
    })
  const behind = Object.entries(slave.projects).filter(([, { lag }]) => lag > 0)
  const denied = session.role === 'root' ? undefined : 'Only root can do this.'
  return (
    <tr>
      <th scope="row" class="nm">
        {id}
      </th>
      <NodeState look={lookOfSlave(slave, pulling)} reason={slave.reason} />
      <td class="long" data-l="Pulls from">
        {slave.upstream ?? 'master'}
      </td>
      <NodeVersion version={slave.version} note={noteOnVersion(slave.version, newestVersion(fleet.masters))} />
      <td data-l="Last seen" title={formatTime(slave.last_seen)}>
        {formatAge(slave.last_seen)}
      </td>
      <NodeProjects label="Behind" projects={behind.map(([project, { lag }]) => [project, ` by ${lag}`])} />
      <td class="go">
        <Menu
          label={`More for ${id}`}
          groups={[
            [{ label: 'Settings', icon: 'gear', act: () => showSettings(id), unavailable: denied }],
            [{ label: 'Remove…', icon: 'trash', act: remove, danger: true, unavailable: denied }],
          ]}
        >
          <Icon name="dots" />
        </Menu>
      </td>
    </tr>
  )
}
