// One project: its state, its history as charts, its runs, their logs, and its settings.

import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { showProbe } from '../../../shared/probe-text.ts'
import { showUpstream } from '../../../shared/rsync/show-upstream.ts'
import { stateOf } from '../../../shared/schemas/project-state.ts'
import { mayManage } from '../../../shared/schemas/roles.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { showAgo, showChanges, showCount, showMaster, showNext, showSize, showState } from '../../../shared/words.ts'
import type { Page } from '../page.ts'
import { Actions } from '../parts/actions.tsx'
import { Confirm, type Question } from '../parts/confirm.tsx'
import { LogView } from '../parts/log-view.tsx'
import { SettingsForm } from '../parts/settings-form.tsx'
import { Bar, State } from '../parts/state.tsx'

export function ProjectPage({ page, id }: { page: Page; id: string }) {
  const { fleet, session } = page
  const project = fleet.projects.get(id)
  const active = fleet.active.get(id)
  const waiting = [...fleet.open.values()].filter((run) => run.id === id && run !== active && run.state === 'queued')
  const runs = useRuns(page, id, [active, ...waiting])
  const Charts = useCharts()
  const [question, setQuestion] = useState<Question | null>(null)
  const [chosen, setChosen] = useState<{ run: string; slave: string | null } | null>(null)
  // The log of the newest run stays on the page after the run has ended.
  const [watched, setWatched] = useState<string | null>(null)
  useEffect(() => {
    if (active !== undefined) setWatched(active.run)
  }, [active?.run])
  const log = chosen ?? (watched === null ? null : { run: watched, slave: null })
  if (project === undefined) return <p>{fleet.loaded ? `There is no project ${id}.` : 'Loading …'}</p>
  return (
    <>
      <div class="tools">
        <h1>{id}</h1>
        <State name={stateOf(project, active?.state)} />
        <Actions page={page} project={project} run={active} ask={setQuestion} />
      </div>
      {project.stuck !== null && <p class="state bad">{project.stuck}</p>}
      {project.held !== null && (
        <p class="state bad">
          The upstream is not whole, so run {project.held.run} published nothing. {project.held.problems[0]}
        </p>
      )}
      <dl class="facts">
        <Fact name="Upstream" value={showUpstream(project)} />
        {project.probe && <Fact name="Probe" value={showProbe(project.probe)} />}
        <Fact name="Folder" value={`${project.dest}/${project.project}`} />
        {project.lead !== null && <Fact name="Master" value={showMaster(project)} />}
        <Fact name="Last success" value={showAgo(project.last_success_at)} />
        <Fact name="Next run" value={showNext(project.next_run_time)} />
        <Fact name="Generation" value={`${project.generation}, published ${showState(project.publish)}`} />
        <Fact name="Layout" value={`${project.layout}, verify: ${project.verify}`} />
        <Fact name="Tree" value={`${showCount(project.total_files)} files, ${showSize(project.total_size)}`} />
      </dl>
      {active !== undefined && <Now run={active} waiting={waiting} />}
      {Charts !== null && <Charts runs={runs} />}
      <h2>Runs</h2>
      <RunTable runs={runs} choose={setChosen} />
      {log !== null && <LogView api={session.api} run={log.run} slave={log.slave} />}
      {mayManage(session, project) && <SettingsForm key={project.id} page={page} project={project} />}
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function Now({ run, waiting }: { run: Run; waiting: readonly Run[] }) {
  return (
    <section aria-label="Now" class="card">
      <p>
        master <State name={run.upstream.state} />
      </p>
      {run.upstream.state === 'syncing' && <Bar label="Progress of the master" progress={run.upstream.progress} />}
      {run.slaves.map((slave) => (
        <div key={slave.slave_id}>
          <p>
            {slave.slave_id} <State name={slave.state} />
          </p>
          {slave.state === 'syncing' && <Bar label={`Progress of ${slave.slave_id}`} progress={slave.progress} />}
        </div>
      ))}
      {waiting.map((one) => (
        <p key={one.run}>
          Next: {one.run} {one.dry_run && '(dry run) '}
          <State name={one.state} />
        </p>
      ))}
    </section>
  )
}

function RunTable({
  runs,
  choose,
}: {
  runs: readonly Run[]
  choose: (chosen: { run: string; slave: string | null }) => void
}) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {['Run', 'Trigger', 'State', 'When', 'Changes', 'Traffic', 'Logs', 'Error'].map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.run}>
              <th scope="row">{run.run}</th>
              <td>
                {showState(run.trigger)}
                {run.dry_run && ' (dry run)'}
              </td>
              <td>
                <State name={run.state} />
              </td>
              <td>{showAgo(run.finished_at ?? run.queued_at)}</td>
              <td class="number">
                {run.upstream.state === 'unchanged' ? 'unchanged' : showChanges(run.upstream.summary)}
                {run.upstream.drift != null && ` (the probe missed ${run.upstream.drift})`}
              </td>
              <td class="number">{showSize(run.upstream.summary?.bytes_transferred ?? null)}</td>
              <td>
                <button
                  type="button"
                  onClick={() => choose({ run: run.run, slave: null })}
                  aria-label={`master, log of ${run.run}`}
                >
                  master
                </button>
                {run.slaves.map((slave) => (
                  <button
                    type="button"
                    key={slave.slave_id}
                    onClick={() => choose({ run: run.run, slave: slave.slave_id })}
                  >
                    {slave.slave_id}
                  </button>
                ))}
              </td>
              <td class="wide">{run.error?.message ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The newest runs, loaded again whenever the state of one that has not ended changes. */
function useRuns({ session }: Page, id: string, open: readonly (Run | undefined)[]): readonly Run[] {
  const [runs, setRuns] = useState<readonly Run[]>([])
  const mark = open.map((run) => `${run?.run} ${run?.state}`).join()
  useEffect(() => {
    session.api.get('/list_runs', { query: { id, limit: 100 } }).then(setRuns, () => {})
  }, [session, id, mark])
  return runs
}

/** The charts are half of all code, so they are loaded only by this page. */
function useCharts(): ComponentType<{ runs: readonly Run[] }> | null {
  const [charts, setCharts] = useState<{ Charts: ComponentType<{ runs: readonly Run[] }> } | null>(null)
  useEffect(() => {
    import('../parts/chart.tsx').then(
      (found) => setCharts({ Charts: found.default }),
      () => {},
    )
  }, [])
  return charts?.Charts ?? null
}
