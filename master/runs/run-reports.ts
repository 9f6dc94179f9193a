// Receives the slaves' reports on their part of a run, and records the generation that each slave has completed.

import { RunElsewhere, RunNotFound } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { Generations, JobTarget, SlaveProgress, SlaveReport } from '../../shared/schemas/messages.ts'
import type { Summary } from '../../shared/schemas/run.ts'
import { targetOf } from '../records/generations.ts'
import { isLateReport, withAnchor } from '../records/project.ts'
import { parseRunId, type Store } from '../store/store.ts'
import type { RunLogs } from './run-logs.ts'
import type { Runs } from './runs.ts'

export interface RunReportsDeps {
  store: Store
  events: EventBus<MasterEvents>
  logs: RunLogs
  runs: Pick<Runs, 'get' | 'findActive' | 'isElsewhere'>
}

export type RunReports = ReturnType<typeof createRunReports>

export function createRunReports({ store, events, logs, runs }: RunReportsDeps) {
  const rememberAnchor = async (key: string, report: SlaveReport): Promise<void> => {
    const { slave_id, generation, tag, drift } = report
    if (generation === null || tag === null) return
    await store.updateProject(key, (project) =>
      isLateReport(project, slave_id, generation) ? project : withAnchor(project, slave_id, { generation, tag, drift }),
    )
    events.publish('slave.changed', { slave_id })
  }

  /** One that says nothing of its epoch may be of any. What its slave serves is asked for when that has changed. */
  const isOfThisEpoch = async ({ target }: SlaveReport): Promise<boolean> => target?.epoch === (await store.epoch())

  /** A normal sync counts only what changed, so the totals are those of the master's tree. */
  const wholeSummary = async (key: string, report: SlaveReport): Promise<Summary | null> => {
    const project = await store.findProjectByKey(key)
    if (report.summary === null || report.method !== 'normal' || project === null) return report.summary
    const { total_files, total_size } = project
    return { ...report.summary, total_files: total_files ?? 0, total_size: total_size ?? 0 }
  }

  return {
    /**
     * Receives a slave's final report; a repeated report changes nothing, nor does one of before the master was restored.
     *
     * @throws {RunNotFound} @throws {RunElsewhere} when another master executes the run.
     */
    receiveEnd: async (report: SlaveReport): Promise<void> => {
      const run = await runs.get(report.run)
      const stage = run.slaves.find((slave) => slave.slave_id === report.slave_id)
      const key = parseRunId(report.run)?.key
      if (stage === undefined || key === undefined) throw new RunNotFound(report.run)
      if (runs.isElsewhere(run)) throw new RunElsewhere(report.run, run.node)
      const active = runs.findActive(report.run)
      const target = active?.targets.get(report.slave_id)
      if (active === undefined ? !(await isOfThisEpoch(report)) : !answers(report, target)) return
      await logs.saveSlave(report.run, report.slave_id, report.log)
      if (report.state === 'succeeded') await rememberAnchor(key, report)
      if (active === undefined || (stage.state !== 'syncing' && stage.state !== 'unreachable')) return
      if (report.source !== null) active.sources.set(report.slave_id, report.source)
      await active.moveSlave(report.slave_id, report.state, {
        started_at: report.started_at,
        finished_at: report.finished_at,
        exit_code: report.exit_code,
        summary: await wholeSummary(key, report),
        error: report.error,
        generation: report.generation,
        method: report.method,
        drift: report.drift,
      })
    },

    /** The list of changed names for a slave in an active run. @throws {RunNotFound} */
    changesFor: (runId: string, slaveId: string): Buffer => {
      const changes = runs.findActive(runId)?.changeLists.get(slaveId)
      if (changes === undefined) throw new RunNotFound(runId)
      return changes
    },

    /** The generation that every slave should serve, by project key. */
    generations: async (): Promise<Generations> => {
      const generations: Generations = {}
      const epoch = await store.epoch()
      for (const project of await store.listProjects()) {
        const target = targetOf(project)
        if (target === null) continue
        const sequence = project.published?.sequence ?? target.generation
        generations[project.key] = { generation: target.generation, tag: target.tag, sequence, epoch }
      }
      return generations
    },

    /** Receives a slave's progress. @throws {RunNotFound} when the run is not active. */
    receiveProgress: ({ run: runId, slave_id, progress }: SlaveProgress): void => {
      const active = runs.findActive(runId)
      if (active === undefined) throw new RunNotFound(runId)
      active.show((run) => ({
        ...run,
        slaves: run.slaves.map((slave) => (slave.slave_id === slave_id ? { ...slave, progress } : slave)),
      }))
    },
  }
}

/** True when a report answers the order that was given. Slaves of before protocol 3 name only what they have reached. */
function answers({ target, tag }: SlaveReport, given: JobTarget | undefined): boolean {
  if (given === undefined) return false
  if (target !== undefined) return target.tag === given.tag && target.epoch === given.epoch
  return tag === null || tag === given.tag
}
