// What stands behind the services: an embedded store for one master, or a database that several share.

import path from 'node:path'
import type { FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
import type { Settings } from '../settings.ts'
import { atField, InvalidInput } from '../shared/errors.ts'
import type { MasterView } from '../shared/schemas/master.ts'
import type { SyncFromMaster } from '../shared/schemas/messages.ts'
import type { StoredProject } from '../shared/schemas/project.ts'
import type { Run } from '../shared/schemas/run.ts'
import type { RunExecutorDeps } from './runs/run-executor.ts'
import type { Runs } from './runs/runs.ts'
import { RunService } from './solo/runs.ts'
import { createScheduleService, type ScheduleService, type ScheduleServiceDeps } from './solo/schedules.ts'
import { createLowdbStore } from './store/lowdb-store.ts'
import type { Store } from './store/store.ts'

/** Where a project belongs, and who looks after it. */
export type Place = Pick<StoredProject, 'node' | 'lead' | 'stuck'>

export interface Backend {
  store: Store
  /** Counts failed log-ins for all masters; absent when this one counts alone. */
  loginFailures: FastifyRateLimitStoreCtor | undefined
  makeRuns: (deps: RunExecutorDeps) => Runs
  makeSchedules: (deps: ScheduleServiceDeps & { runs: Runs }) => ScheduleService
  /** A place for a project. @throws {InvalidInput} for a master that there is not. */
  place: (node: string | undefined, before: Place | null) => Place
  /** Whether this master looks after a project. */
  leads: (project: Pick<StoredProject, 'lead'>) => boolean
  /** Whether its folder lies on a disk that this master sees. */
  holds: (project: Pick<StoredProject, 'lead' | 'node'>) => boolean
  /** Another master that must do what needs its disk; null for this one. @throws {MasterDown} */
  otherMaster: (
    wanted: { project: Pick<StoredProject, 'lead' | 'node'> } | { run: Run },
  ) => Pick<MasterView, 'node' | 'url'> | null
  /** Where slaves find this master, when the settings' own does not tell; null when it does. */
  source: SyncFromMaster['master']
  listMasters: () => Promise<MasterView[]>
  /** Calls back when other masters' events may have been missed. */
  onGap: (listener: () => void) => void
  /** Comes after the store was opened: this master becomes one of those that work. */
  join: () => Promise<void>
  /** Comes when runs and schedules have begun. */
  start: () => void
  /** Comes before the work ends: others need not wait. */
  leave: () => Promise<void>
}

/** One master, whose store lies in its own folder. */
export function createFileBackend(settings: Settings, now: () => number): Backend {
  const started = new Date(now()).toISOString()
  const own = settings.MASTER_NODE
  return {
    store: createLowdbStore(path.join(path.resolve(settings.STORE_URL.slice('file:'.length)), 'store')),
    loginFailures: undefined,
    makeRuns: (deps) => new RunService(deps),
    makeSchedules: createScheduleService,
    place: (node, before) => {
      if (node === undefined || node === own || node === 'any' || node === before?.node)
        return { node: node ?? before?.node ?? own, lead: null, stuck: null }
      throw atField(new InvalidInput(`node: there is only this master, "${own}"; leave node out`), 'node')
    },
    leads: () => true,
    holds: () => true,
    otherMaster: () => null,
    source: null,
    listMasters: async () => [{ node: own, url: settings.MASTER_URL, state: 'up', seen_at: started, projects: null }],
    onGap: () => {},
    join: async () => {},
    start: () => {},
    leave: async () => {},
  }
}
