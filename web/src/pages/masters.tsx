// The masters, where there are several: how each is and why, what it is doing, and how much room its disk has.

import type { MasterView } from '../../../shared/schemas/master.ts'
import { formatAge, formatCount, formatTime, NOTHING } from '../format.ts'
import { carriedBy, lookOfMaster, newestVersion, noteOnVersion, reasonOfMaster, roomOf } from '../master-look.ts'
import type { Page } from '../page.ts'
import { Icon } from '../parts/icon.tsx'
import { NotYet } from '../parts/lost.tsx'
import { Menu } from '../parts/menu.tsx'
import { NodeProjects, NodeState, NodesHead, NodeVersion } from '../parts/nodes.tsx'
import { TableHead } from '../parts/table-head.tsx'

const COLUMNS = ['Master', 'State', 'Leader', 'Version', 'Last heartbeat', 'Projects', 'Free space', 'Carries']
/** As many as one request may give to another master. */
const MOST_GIVEN = 1_000

export function MastersPage({ page }: { page: Page }) {
  const { masters } = page.fleet
  document.title = 'Masters · Mirrorfleet'
  return (
    <div class="slaves stack">
      <NodesHead title="Masters" masters={masters} />
      <section class="panel" aria-label="Masters">
        {masters.length === 0 ? (
          <NotYet lost={page.fleet.lost} />
        ) : (
          <table class="cards">
            <TableHead names={COLUMNS} />
            <tbody>
              {masters.map((master) => (
                <MasterLine key={master.node} page={page} master={master} newest={newestVersion(masters)} />
              ))}
            </tbody>
          </table>
        )}
      </section>
      <p class="muted small">
        The leader is the master that does what only one should do, such as marking others as down. When it is gone,
        another one leads.
      </p>
    </div>
  )
}

interface LineProps {
  page: Page
  master: MasterView
  newest: string | null
}

function MasterLine({ page, master, newest }: LineProps) {
  const { node, seen_at, projects, leader, version } = master
  const carried = carriedBy(node, page.fleet.open.values())
  return (
    <tr>
      <th scope="row" class="nm" title={master.url}>
        {node}
      </th>
      <NodeState look={lookOfMaster(master)} reason={reasonOfMaster(master)} />
      <td data-l="Leader">{leader ? 'yes' : 'no'}</td>
      <NodeVersion
        version={version ?? 'earlier'}
        // A master that does not say its version is older than those that do.
        note={version === null ? `update to ${newest}` : noteOnVersion(version, newest)}
      />
      <td data-l="Last heartbeat" title={formatTime(seen_at)}>
        {formatAge(seen_at)}
      </td>
      <td data-l="Projects">{formatCount(projects)}</td>
      <td data-l="Free space">{roomOf(master) ?? NOTHING}</td>
      <NodeProjects label="Carries" projects={carried.map((project) => [project, ''])} />
      <td class="go">
        <Menu label={`More for ${node}`} groups={[giveItems(page, master)]}>
          <Icon name="dots" />
        </Menu>
      </td>
    </tr>
  )
}

/** Gives the projects of a master to another one that is up. */
function giveItems({ session, fleet, ask, tell, fail }: Page, { node }: MasterView) {
  const ids = [...fleet.projects.values()].filter((project) => project.node === node).map(({ id }) => id)
  const count = ids.length === 1 ? 'one project' : `${ids.length} projects`
  const give = async (to: string): Promise<void> => {
    for (let first = 0; first < ids.length; first += MOST_GIVEN)
      await session.api.post('/assign_node', { body: { node: to, ids: ids.slice(first, first + MOST_GIVEN) } })
  }
  const unavailable =
    session.role !== 'root' ? 'Only root can do this.' : ids.length === 0 ? 'No project belongs to it.' : undefined
  const others = fleet.masters.filter((other) => other.state === 'up' && other.node !== node)
  if (others.length === 0)
    return [{ label: 'Give its projects…', act: () => {}, unavailable: 'No other master is up.' }]
  return others.map((other) => ({
    label: `Give its projects to ${other.node}…`,
    icon: 'next',
    unavailable,
    act: () =>
      ask({
        title: `Give ${count} of ${node} to ${other.node}?`,
        text: `From now on ${other.node} syncs them. Where it does not see the same disk, it fetches their trees anew; the files on ${node} stay there.`,
        action: 'Give',
        run: () =>
          void give(other.node).then(
            () => tell(`${other.node} has ${count} of ${node} now`),
            (error: Error) => fail(error.message),
          ),
      }),
  }))
}
