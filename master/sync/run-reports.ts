// Receives what slaves report of their part in a run, and remembers how far each has come.

import { RunNotFound } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { SlaveProgress, SlaveReport } from '../../shared/schemas/messages.ts'
import { parseRunId, type Store } from '../store/store.ts'
import type { RunLogs } from './run-logs.ts'
import type { RunService } from './run-service.ts'

export interface RunReportsDeps {
  store: Store
  events: EventBus<MasterEvents>
  logs: RunLogs
  runs: RunService
}

export type RunReports = ReturnType<typeof createRunReports>

export function createRunReports({ store, events, logs, runs }: RunReportsDeps) {
  const rememberAnchor = async (key: string, slaveId: string, generation: number): Promise<void> => {
    await store.updateProject(key, (project) =>
      (project.anchors[slaveId] ?? 0) >= generation
        ? project
        : { ...project, anchors: { ...project.anchors, [slaveId]: generation } },
    )
    events.publish('slave.changed', { slave_id: slaveId })
  }

  return {
    /** Takes a report of the end; the same one again changes nothing. @throws {RunNotFound} */
    receiveEnd: async (report: SlaveReport): Promise<void> => {
      const run = await runs.get(report.run)
      const stage = run.slaves.find((slave) => slave.slave_id === report.slave_id)
      const key = parseRunId(report.run)?.key
      if (stage === undefined || key === undefined) throw new RunNotFound(report.run)
      await logs.saveSlave(report.run, report.slave_id, report.log)
      if (report.state === 'succeeded' && report.generation !== null) {
        await rememberAnchor(key, report.slave_id, report.generation)
      }
      const active = runs.findActive(report.run)
      if (active === undefined || ['succeeded', 'failed', 'stopped'].includes(stage.state)) return
      await active.moveSlave(report.slave_id, report.state, {
        started_at: report.started_at,
        finished_at: report.finished_at,
        exit_code: report.exit_code,
        summary: report.summary,
        error: report.error,
        generation: report.generation,
        method: 'slow',
      })
    },

    /** Takes progress. @throws {RunNotFound} for a run that is not active. */
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
