// All projects with their states, and how far each slave is with each.

import { useMemo, useState } from 'preact/hooks'
import type { ProjectView } from '../../../shared/schemas/project.ts'
import { stateOf } from '../../../shared/schemas/project-state.ts'
import { MANAGERS } from '../../../shared/schemas/roles.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import type { SlaveView } from '../../../shared/schemas/slave.ts'
import { showAgo, showCount, showNext, showSize, showState, UNKNOWN } from '../../../shared/words.ts'
import type { Page } from '../page.ts'
import { Actions } from '../parts/actions.tsx'
import { AddProject } from '../parts/add-project.tsx'
import { Confirm, type Question } from '../parts/confirm.tsx'
import { Rows } from '../parts/rows.tsx'
import { Bar, State } from '../parts/state.tsx'

const ROW_HEIGHT = 44

type Sort = 'id' | 'state' | 'last_success_at' | 'next_run_time' | 'total_files' | 'total_size'
const COLUMNS: readonly (readonly [Sort, string])[] = [
  ['id', 'Project'],
  ['state', 'State'],
  ['last_success_at', 'Last success'],
  ['next_run_time', 'Next run'],
  ['total_files', 'Files'],
  ['total_size', 'Size'],
]

export function FleetPage({ page }: { page: Page }) {
  const { fleet, session } = page
  const [filter, setFilter] = useState('')
  const [sort, setSort] = useState<{ by: Sort; down: boolean }>({ by: 'id', down: false })
  const [question, setQuestion] = useState<Question | null>(null)
  const [adding, setAdding] = useState(false)
  const shown = useMemo(() => {
    const wanted = filter.toLowerCase()
    const stateText = (project: ProjectView) => showState(stateOf(project, fleet.active.get(project.id)?.state))
    const sortValue = (project: ProjectView) => (sort.by === 'state' ? stateText(project) : (project[sort.by] ?? ''))
    return [...fleet.projects.values()]
      .filter((project) => `${project.id} ${project.rsync_host} ${stateText(project)}`.toLowerCase().includes(wanted))
      .sort((a, b) => {
        const [one, other] = [sortValue(a), sortValue(b)]
        return (one < other ? -1 : one > other ? 1 : a.id < b.id ? -1 : 1) * (sort.down ? -1 : 1)
      })
  }, [fleet.projects, fleet.active, filter, sort])
  const head = (by: Sort, label: string) => (
    <th scope="col" key={by} aria-sort={sort.by === by ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" class="sort" onClick={() => setSort({ by, down: sort.by === by && !sort.down })}>
        {label} <span aria-hidden="true">{sort.by === by ? (sort.down ? '▾' : '▴') : ''}</span>
      </button>
    </th>
  )
  return (
    <>
      <div class="tools">
        <h1>Projects</h1>
        <label>
          Filter
          <input type="search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
        </label>
        <span>
          {shown.length} of {fleet.projects.size}
        </span>
        {MANAGERS.includes(session.role) && (
          <button type="button" onClick={() => setAdding(!adding)} aria-expanded={adding}>
            Add a project
          </button>
        )}
      </div>
      {adding && <AddProject page={page} done={() => setAdding(false)} />}
      {!fleet.loaded && <p>Loading …</p>}
      {fleet.loaded && fleet.projects.size === 0 && <p>No projects yet.</p>}
      <div class="scroll">
        <table class="fleet" style={{ '--row': `${ROW_HEIGHT}px` }}>
          <thead>
            <tr>
              {COLUMNS.map(([by, label]) => head(by, label))}
              {fleet.slaves.map((slave) => (
                <th scope="col" key={slave.id} class="slave" title={slave.id}>
                  {slave.id}
                </th>
              ))}
              <th scope="col">Actions</th>
            </tr>
          </thead>
          <Rows
            items={shown}
            rowHeight={ROW_HEIGHT}
            columns={COLUMNS.length + fleet.slaves.length + 1}
            draw={(project) => <ProjectRow key={project.id} page={page} project={project} ask={setQuestion} />}
          />
        </table>
      </div>
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  )
}

function ProjectRow({ page, project, ask }: { page: Page; project: ProjectView; ask: (question: Question) => void }) {
  const run = page.fleet.active.get(project.id)
  return (
    <tr>
      <th scope="row">
        <a href={`#/project/${encodeURIComponent(project.id)}`}>{project.id}</a>
      </th>
      <td>
        <State name={stateOf(project, run?.state)} />
        {run !== undefined && <Bar label={`Progress of ${project.id}`} progress={progressOf(run)} />}
      </td>
      <td title={project.last_success_at ?? ''}>{showAgo(project.last_success_at)}</td>
      <td title={project.next_run_time ?? ''}>{showNext(project.next_run_time)}</td>
      <td class="number">{showCount(project.total_files)}</td>
      <td class="number">{showSize(project.total_size)}</td>
      {page.fleet.slaves.map((slave) => (
        <Lag key={slave.id} slave={slave} project={project.id} />
      ))}
      <td>
        <Actions page={page} project={project} run={run} ask={ask} />
      </td>
    </tr>
  )
}

/** The progress of the upstream stage, then that of the slowest slave. */
function progressOf(run: Run) {
  if (run.state === 'syncing') return run.upstream.progress
  const slowest = run.slaves.filter((slave) => slave.state === 'syncing').map((slave) => slave.progress)
  return slowest.sort((a, b) => (a?.percent ?? 0) - (b?.percent ?? 0))[0] ?? null
}

function Lag({ slave, project }: { slave: SlaveView; project: string }) {
  const { anchor = null, lag = 0 } = slave.projects[project] ?? {}
  const [symbol, tone, says] =
    anchor === null
      ? ['○', 'idle', 'has no tree yet']
      : lag === 0
        ? ['✓', 'good', `is at generation ${anchor}`]
        : ['▼', 'bad', `is ${lag} behind, at generation ${anchor}`]
  return (
    <td class={`slave state ${tone}`} title={`${slave.id} ${says}`}>
      <span aria-hidden="true">{symbol}</span> {anchor ?? UNKNOWN}
      {lag > 0 && anchor !== null && <small> −{lag}</small>}
    </td>
  )
}
