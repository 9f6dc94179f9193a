// The panels of a project's page: how its slaves are, and what is known of its tree.

import { showProbe } from '../../../shared/probe-text.ts'
import type { ProjectView } from '../../../shared/schemas/project.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import type { SlaveView } from '../../../shared/schemas/slave.ts'
import { showSource } from '../../../shared/show-source.ts'
import { showMaster, showState } from '../../../shared/words.ts'
import type { Fleet } from '../fleet.ts'
import { formatCount, formatNext, formatSince, formatSize, formatTime, NOTHING } from '../format.ts'
import { lookOfSlave, lookOfStage } from '../stage-look.ts'
import { Fact } from './problem-box.tsx'
import { Meter, State } from './state.tsx'

/** `run` is the run under way, else the last one. */
export function SlavesPanel({ fleet, project, run }: { fleet: Fleet; project: ProjectView; run: Run | undefined }) {
  return (
    <section class="panel" aria-labelledby="slaves-head">
      <header>
        <h2 id="slaves-head">Slaves</h2>
      </header>
      {fleet.slaves.length === 0 ? (
        <p class="in muted">No slaves yet.</p>
      ) : (
        <table class="cards">
          <thead>
            <tr>
              <th scope="col">Slave</th>
              <th scope="col">State</th>
              <th scope="col" class="num">
                Generation
              </th>
              <th scope="col">Behind</th>
              <th scope="col">Finished</th>
            </tr>
          </thead>
          <tbody>
            {fleet.slaves.map((slave) => (
              <SlaveLine key={slave.id} slave={slave} project={project.id} run={run} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function SlaveLine({ slave, project, run }: { slave: SlaveView; project: string; run: Run | undefined }) {
  const { anchor = null, lag = 0 } = slave.projects[project] ?? {}
  const stage = run?.slaves.find(({ slave_id }) => slave_id === slave.id)
  const active = run?.finished_at === null ? stage : undefined
  const percent = active?.state === 'syncing' ? Math.floor(active.progress?.percent ?? 0) : null
  const why = stage?.error ?? slave.reason
  return (
    <tr>
      <th scope="row" class="nm">
        {slave.id}
      </th>
      <td class="why">
        <p>
          <State look={active === undefined ? lookOfSlave(slave, false) : lookOfStage(active.state)} />
          {percent !== null && <Meter label={`Progress of ${slave.id}`} percent={percent} />}
        </p>
        {why && <span class="r">{why}</span>}
      </td>
      <td class="num" data-l="Generation">
        {anchor ?? NOTHING}
      </td>
      <td data-l="Behind">{anchor === null ? 'has no tree yet' : lag === 0 ? 'current' : `${lag} behind`}</td>
      <td data-l="Finished" title={formatTime(stage?.finished_at)}>
        {stage?.finished_at ? formatSince(stage.finished_at) : NOTHING}
      </td>
    </tr>
  )
}

function withoutNext({ enabled, interval_s }: ProjectView): string {
  return enabled && interval_s ? 'after this one' : 'by hand only'
}

export function TreePanel({ project }: { project: ProjectView }) {
  const facts: readonly (readonly [string, string])[] = [
    ['Upstream', showSource(project)],
    ['Probe', project.probe ? showProbe(project.probe) : 'none: every run scans'],
    ['Next run', project.next_run_time === null ? withoutNext(project) : formatNext(project.next_run_time)],
    [
      'Size',
      project.total_size === null
        ? NOTHING
        : `${formatSize(project.total_size)}, ${formatCount(project.total_files)} files`,
    ],
    ['Generation', String(project.published_generation ?? project.generation)],
    ['Folder', `${project.dest}/${project.project}`],
    ...(project.lead === null ? [] : [['Master', showMaster(project)] as const]),
    ['Layout', project.layout],
    ['Publish', `${showState(project.publish)}, ${VERIFIED[project.verify]}`],
    [
      'Delete guard',
      project.delete_guard_percent === null ? "the master's setting" : `${project.delete_guard_percent} %`,
    ],
    ['Owner', project.owner],
  ]
  return (
    <section class="panel" aria-labelledby="tree-head">
      <header>
        <h2 id="tree-head">Tree</h2>
      </header>
      <dl class="facts in">
        {facts.map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
    </section>
  )
}

const VERIFIED: Readonly<Record<ProjectView['verify'], string>> = {
  off: 'not checked',
  warn: 'checked, published all the same',
  hold: 'held if not whole',
}
