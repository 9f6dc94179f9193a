// Metrics for Prometheus: counters of what this master did, and gauges that are read when they are asked for.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'
import type { Store } from '../store/store.ts'

export interface MetricsDeps {
  store: Store
  events: EventBus<MasterEvents>
  listActive: () => readonly Run[]
  listSlaves: () => Promise<readonly SlaveView[]>
}

const DURATION_BUCKETS_S = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 43_200]
const HTTP_BUCKETS_S = [0.001, 0.005, 0.02, 0.1, 0.5, 2]

/** The library's default, 10 ms, wakes an idle master a hundred times a second. */
const LOOP_LOOK_MS = 100

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics({ store, events, listActive, listSlaves }: MetricsDeps) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_LOOK_MS })
  const runs = new Counter({
    name: 'mirrorfleet_runs_total',
    help: 'Runs that ended, by state',
    labelNames: ['project', 'state'],
    registers,
  })
  const durations = new Histogram({
    name: 'mirrorfleet_stage_duration_seconds',
    help: 'How long the stages of runs took',
    labelNames: ['project', 'stage'],
    buckets: DURATION_BUCKETS_S,
    registers,
  })
  const bytes = new Counter({
    name: 'mirrorfleet_transferred_bytes_total',
    help: 'Traffic of rsync, by stage',
    labelNames: ['project', 'stage'],
    registers,
  })
  const changes = new Counter({
    name: 'mirrorfleet_changed_files_total',
    help: 'Files that the upstream stage changed on the master',
    labelNames: ['project', 'change'],
    registers,
  })
  const unchanged = new Counter({
    name: 'mirrorfleet_unchanged_runs_total',
    help: 'Runs that did not scan the upstream, because the probe found nothing new',
    labelNames: ['project'],
    registers,
  })
  const missed = new Counter({
    name: 'mirrorfleet_probe_missed_files_total',
    help: 'Changes that a scan found though the probe had found nothing new',
    labelNames: ['project'],
    registers,
  })
  const http = new Histogram({
    name: 'mirrorfleet_http_request_duration_seconds',
    help: 'HTTP requests, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: HTTP_BUCKETS_S,
    registers,
  })
  const verified = new Counter({
    name: 'mirrorfleet_verified_total',
    help: 'Upstream stages whose tree was checked against its own indices, by what they said of it',
    labelNames: ['project', 'state'],
    registers,
  })
  const untold = new Counter({
    name: 'mirrorfleet_downstreams_untold_total',
    help: 'Messages on something new that a downstream did not accept, after all attempts',
    labelNames: ['project'],
    registers,
  })
  const perProject = [runs, durations, bytes, changes, unchanged, missed, verified, untold]

  const noteEnd = (run: Run): void => {
    const project = run.id
    runs.inc({ project, state: run.state })
    noteStage(project, 'upstream', run.upstream)
    if (run.upstream.state === 'unchanged') unchanged.inc({ project })
    if (run.upstream.drift) missed.inc({ project }, run.upstream.drift)
    for (const slave of run.slaves) noteStage(project, 'slave', slave)
    const { summary, verify } = run.upstream
    if (verify !== undefined) verified.inc({ project, state: verify.state })
    if (summary === null || run.dry_run) return
    for (const change of ['added', 'modified', 'deleted'] as const) changes.inc({ project, change }, summary[change])
  }
  const noteStage = (
    project: string,
    stage: string,
    part: Pick<Run['upstream'], 'started_at' | 'finished_at' | 'summary'>,
  ) => {
    if (part.started_at !== null && part.finished_at !== null) {
      durations.observe({ project, stage }, (Date.parse(part.finished_at) - Date.parse(part.started_at)) / 1000)
    }
    bytes.inc({ project, stage }, part.summary?.bytes_transferred ?? 0)
  }

  // Each master counts what it did itself.
  const unsubscribe = [
    events.on('run.changed', ({ run }) => hasEnded(run.state) && noteEnd(run), 'own'),
    // Its labels go with the project, so that they do not pile up.
    events.on('project.removed', ({ id }) => void perProject.map((metric) => removeProject(metric, id)), 'own'),
  ]

  lookUp(registers, { store, listActive, listSlaves })
  return {
    contentType: registry.contentType,
    text: (): Promise<string> => registry.metrics(),
    noteRequest: (labels: { method: string; route: string; status: number }, seconds: number): void =>
      http.observe(labels, seconds),
    noteUntold: (project: string): void => untold.inc({ project }),
    stop: (): void => {
      for (const undo of unsubscribe) undo()
    },
  }
}

/** Gauges whose values are read when they are asked for. */
function lookUp(registers: Registry[], deps: Pick<MetricsDeps, 'store' | 'listActive' | 'listSlaves'>): void {
  const gauge = (name: string, help: string, labelNames: string[], collect: (one: Gauge) => Promise<void> | void) =>
    new Gauge({
      name: `mirrorfleet_${name}`,
      help,
      labelNames,
      registers,
      async collect() {
        this.reset()
        await collect(this)
      },
    })
  const ofProjects = (
    name: string,
    help: string,
    value: (project: Awaited<ReturnType<Store['listProjects']>>[number]) => number | null,
  ) =>
    gauge(name, help, ['project'], async (one) => {
      for (const project of await deps.store.listProjects()) {
        const found = value(project)
        if (found !== null) one.set({ project: project.id }, found)
      }
    })
  const seconds = (iso: string | null) => (iso === null ? null : Date.parse(iso) / 1000)
  ofProjects('project_enabled', '1 when the schedule runs', (project) => Number(project.enabled))
  ofProjects('project_held', '1 when the newest of the upstream is not whole and was not published', (project) =>
    Number((project.held ?? null) !== null),
  )
  ofProjects('project_generation', 'The newest generation on the master', (project) => project.generation)
  ofProjects('project_files', 'Files of the tree', (project) => project.total_files)
  ofProjects('project_size_bytes', 'Size of the tree', (project) => project.total_size)
  ofProjects('last_success_timestamp_seconds', 'When the last run succeeded', (project) =>
    seconds(project.last_success_at),
  )
  ofProjects('next_run_timestamp_seconds', 'When the next run is due', (project) => seconds(project.next_run_time))
  gauge('runs_active', 'Runs that have not ended, by state', ['state'], (one) => {
    for (const state of ['queued', 'syncing', 'fanning_out', 'publishing']) one.set({ state }, 0)
    for (const run of deps.listActive()) one.inc({ state: run.state })
  })
  gauge('slave_up', '1 when the slave answers and takes orders', ['slave'], async (one) => {
    for (const slave of await deps.listSlaves()) one.set({ slave: slave.id }, Number(slave.state === 'up'))
  })
  gauge('slave_lag_generations', 'Generations between a slave and the fleet', ['slave', 'project'], async (one) => {
    for (const slave of await deps.listSlaves())
      for (const [project, { lag }] of Object.entries(slave.projects)) one.set({ slave: slave.id, project }, lag)
  })
}

async function removeProject(metric: Counter | Histogram, project: string): Promise<void> {
  const { values } = await metric.get()
  for (const { labels } of values) {
    const { le: _bucket, ...own } = labels as Record<string, string>
    if (own.project === project) metric.remove(own)
  }
}
