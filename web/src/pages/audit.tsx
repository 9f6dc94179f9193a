// The audit list, for root: who changed what, when, and from where.

import { useEffect, useState } from 'preact/hooks'
import { showAction } from '../../../shared/audit-words.ts'
import type { AuditEntry } from '../../../shared/schemas/audit.ts'
import { keepInAddress, useAddress } from '../address.ts'
import { changeLines } from '../audit-lines.ts'
import { formatMoment, formatTime, NOTHING } from '../format.ts'
import type { Page } from '../page.ts'
import { NotYet } from '../parts/lost.tsx'

const PAGE_SIZE = 50

interface Filter {
  user: string
  project: string
}

export function AuditPage({ page }: { page: Page }) {
  const { session, fleet, fail } = page
  const isLost = fleet.lost !== null
  const { query } = useAddress()
  const [filter, setFilter] = useState<Filter>({ user: query.get('user') ?? '', project: query.get('project') ?? '' })
  const [entries, setEntries] = useState<readonly AuditEntry[] | null>(null)
  const [hasMore, setHasMore] = useState(false)
  const { user, project } = filter
  document.title = 'Audit · Mirrorfleet'

  const read = (before?: string) =>
    session.api.get('/audit', {
      query: {
        limit: PAGE_SIZE,
        ...(user === '' ? {} : { username: user }),
        ...(project === '' ? {} : { project }),
        ...(before === undefined ? {} : { before }),
      },
    })
  useEffect(() => {
    if (isLost) return
    let wanted = true
    read().then(
      (found) => {
        if (!wanted) return
        setEntries(found)
        setHasMore(found.length === PAGE_SIZE)
      },
      (error: Error) => wanted && fail(error.message),
    )
    return () => {
      wanted = false
    }
  }, [session, user, project, isLost])
  const readMore = () =>
    void read(entries?.at(-1)?.audit_id).then(
      (found) => {
        setEntries([...(entries ?? []), ...found])
        setHasMore(found.length === PAGE_SIZE)
      },
      (error: Error) => fail(error.message),
    )
  const choose = (change: Partial<Filter>) => {
    for (const [name, value] of Object.entries(change)) keepInAddress(name, value)
    setEntries(null)
    setFilter({ ...filter, ...change })
  }

  return (
    <div class="stack">
      <div class="head">
        <h1>Audit</h1>
      </div>
      <section class="panel audit" aria-label="Audit list">
        <FilterBar page={page} filter={filter} choose={choose} />
        {entries === null ? (
          <NotYet lost={fleet.lost} />
        ) : entries.length === 0 ? (
          <p class="in acts">
            {user === '' && project === '' ? 'No entries.' : 'No entries with this user and project.'}
            {(user !== '' || project !== '') && (
              <button type="button" class="b s" onClick={() => choose({ user: '', project: '' })}>
                Clear filter
              </button>
            )}
          </p>
        ) : (
          <Entries entries={entries} project={project} />
        )}
        {hasMore && (
          <div class="in acts">
            <button type="button" class="b" onClick={readMore}>
              Show older entries
            </button>
          </div>
        )}
      </section>
    </div>
  )
}

function FilterBar({
  page: { session },
  filter: { user, project },
  choose,
}: {
  page: Page
  filter: Filter
  choose: (change: Partial<Filter>) => void
}) {
  const [names, setNames] = useState<readonly string[]>([])
  const [typed, setTyped] = useState(project)
  useEffect(() => setTyped(project), [project])
  useEffect(() => {
    session.api.get('/list_users').then(
      (users) => setNames(users.map(({ username }) => username)),
      () => {},
    )
  }, [session])
  // A user who was removed may still be in the address.
  const users = user === '' || names.includes(user) ? names : [...names, user]
  return (
    <div class="bar">
      <select aria-label="User" value={user} onChange={(event) => choose({ user: event.currentTarget.value })}>
        <option value="">All users</option>
        {users.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <input
        type="search"
        aria-label="Project"
        placeholder="All projects"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onChange={(event) => choose({ project: event.currentTarget.value.trim() })}
      />
      <span class="muted small">kept for up to a year; nobody can remove an entry</span>
    </div>
  )
}

/** `project` is the id that was asked for, if one was: entries may have the project's earlier names. */
function Entries({ entries, project }: { entries: readonly AuditEntry[]; project: string }) {
  return (
    <table class="cards">
      <thead>
        <tr>
          {['Time', 'User', 'From', 'What', 'Change'].map((name) => (
            <th scope="col" key={name}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.audit_id}>
            <th scope="row" class="nm" title={formatTime(entry.at)}>
              {formatMoment(entry.at)}
            </th>
            <td class="long" data-l="User">
              {entry.username ?? NOTHING}
            </td>
            <td class="full" data-l="From">
              <span class="mono">{entry.from}</span>
            </td>
            <td class="full">
              {showAction(entry)} {entry.target !== null && <b class="n">{entry.target}</b>}
              {project !== '' && entry.target !== project && <span class="muted"> another name of {project}</span>}
            </td>
            <td class="full">
              {changeLines(entry.change).map((line) => (
                <div key={line}>{line}</div>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
