// One project: what is wrong and what helps, its runs and their logs, its slaves, its tree, and its settings.

import { useEffect, useState } from 'preact/hooks'
import { briefOf } from '../../../shared/schemas/brief-of.ts'
import { mayManage } from '../../../shared/schemas/roles.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import type { Line } from '../fleet-order.ts'
import { formatDuration } from '../format.ts'
import type { Page } from '../page.ts'
import { GenerationsPanel } from '../parts/generations-panel.tsx'
import { Icon } from '../parts/icon.tsx'
import { LogView } from '../parts/log-view.tsx'
import { NotYet } from '../parts/lost.tsx'
import { Menu } from '../parts/menu.tsx'
import { ProblemBox } from '../parts/problem-box.tsx'
import { SlavesPanel, TreePanel } from '../parts/project-panels.tsx'
import { RunBars } from '../parts/run-bars.tsx'
import { RunTable } from '../parts/run-table.tsx'
import { SettingsForm } from '../parts/settings-form.tsx'
import { lookOf, Meter, State } from '../parts/state.tsx'
import { problemOf } from '../problem.ts'
import { actionsOf, type ProjectActions } from '../project-actions.ts'
import { percentOf, tell, wordOf } from '../project-look.ts'

const MOST_RUNS = 100

/** `path` is what follows the project in the address: nothing, `log`, `log/RUN`, `log/RUN/SLAVE` or `settings`. */
export function ProjectPage({ page, id, path }: { page: Page; id: string; path: readonly string[] }) {
  const { fleet, session } = page
  const project = fleet.projects.get(id)
  const active = fleet.active.get(id)
  const waiting = [...fleet.open.values()].filter((run) => run.id === id && run !== active && run.state === 'queued')
  const runs = useRuns(page, id, [active, ...waiting])
  document.title = `${id} · Mirrorfleet`
  if (project === undefined) {
    if (!fleet.loaded) return <NotYet lost={fleet.lost} />
    return (
      <div class="stack">
        <h1>There is no project {id}</h1>
        <p>
          It may have been removed or renamed. <a href="#/">Show all projects</a>
        </p>
      </div>
    )
  }
  const last = runs.find(({ run }) => run === project.last_run?.run)
  const word = wordOf(project, active, last && briefOf(last))
  const line: Line = { project, run: active, word }
  const problem = problemOf(project, word, last)
  const { detail, reason } = tell(project, word, active, last === undefined ? [] : [briefOf(last)])
  const actions = actionsOf(page, line, last?.error)
  const [tab = 'overview', chosen = null, slave = null] = path
  const logged = runs.find(({ run }) => run === chosen) ?? active ?? last ?? runs[0]
  const link = (to: string, label: string) => (
    <a
      href={`#/project/${encodeURIComponent(id)}${to}`}
      aria-current={tab === (to.slice(1) || 'overview') ? 'page' : undefined}
    >
      {label}
    </a>
  )
  return (
    <>
      <Head page={page} line={line} detail={active === undefined ? '' : detail} actions={actions} />
      <nav class="tabs" aria-label="Project">
        {link('', 'Overview')}
        {link('/log', 'Log')}
        {mayManage(session, project) && link('/settings', 'Settings')}
      </nav>
      {problem !== null && tab !== 'settings' && <ProblemBox page={page} line={line} problem={problem} />}
      {word === 'waiting' && (
        <p class="note s-waiting">
          <Icon name="waiting" />
          <span>
            {reason} <b>{detail}</b>
          </span>
        </p>
      )}
      {waiting.map((run) => (
        <p class="note s-running" key={run.run}>
          Next: {run.run} {run.dry_run && '(dry run)'} starts when the run under way has ended
          {active?.upstream.progress?.eta_s != null && `, in about ${formatDuration(active.upstream.progress.eta_s)}`}.
        </p>
      ))}
      {tab === 'settings' && mayManage(session, project) ? (
        <SettingsForm page={page} project={project} />
      ) : (
        <div class="cols">
          <div class="stack">
            <RunBars id={id} runs={runs} chosen={tab === 'log' ? (logged?.run ?? null) : null} />
            {logged !== undefined && (
              <LogView
                key={`${id} ${logged.run} ${slave}`}
                api={session.api}
                run={logged}
                slave={slave}
                choose={(whose) =>
                  location.assign(
                    `#/project/${encodeURIComponent(id)}/log/${logged.run}${whose === null ? '' : `/${encodeURIComponent(whose)}`}`,
                  )
                }
              />
            )}
            <SlavesPanel fleet={fleet} project={project} run={active ?? last} />
            <GenerationsPanel page={page} project={project} />
            <RunTable id={id} runs={runs} />
          </div>
          <TreePanel project={project} />
        </div>
      )}
    </>
  )
}

interface HeadProps {
  page: Page
  line: Line
  detail: string
  actions: ProjectActions
}

function Head({ page: { session }, line: { project, run, word }, detail, actions }: HeadProps) {
  const { id } = project
  const percent = run === undefined ? null : percentOf(word, run)
  return (
    <div class="head">
      <nav class="crumb" aria-label="You are here">
        <a href="#/">Projects</a>
        <span aria-hidden="true">/</span>
        <span>{id}</span>
      </nav>
      <h1>{id}</h1>
      <State look={lookOf(word)} pill />
      {percent !== null && <Meter label={`Progress of ${id}`} percent={percent} />}
      <span class="muted small">{detail}</span>
      <div class="acts">
        {mayManage(session, project) && (
          <>
            <button type="button" class="b" onClick={actions.sync.act} aria-label={`Sync ${id}`}>
              <Icon name="sync" />
              Sync
            </button>
            <button type="button" class="b" onClick={actions.dryRun.act} aria-label={`Dry run ${id}`}>
              Dry run
            </button>
            {run !== undefined && (
              <button type="button" class="b" onClick={actions.first.act} aria-label={`${actions.first.label} ${id}`}>
                {actions.first.label}
              </button>
            )}
          </>
        )}
        <Menu label={`More for ${id}`} groups={actions.menu} class="b icon">
          <Icon name="dots" />
        </Menu>
      </div>
    </div>
  )
}

/** The newest runs, loaded again whenever the state of one that has not ended changes. */
function useRuns({ session, fleet }: Page, id: string, open: readonly (Run | undefined)[]): readonly Run[] {
  const [runs, setRuns] = useState<readonly Run[]>([])
  const mark = `${open.map((run) => `${run?.run} ${run?.state}`)} ${fleet.projects.get(id)?.last_run?.run}`
  useEffect(() => {
    session.api.get('/list_runs', { query: { id, limit: MOST_RUNS } }).then(setRuns, () => {})
  }, [session, id, mark])
  return runs
}
