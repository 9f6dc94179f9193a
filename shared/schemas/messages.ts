// What master and slave say to each other (SLAVE_TOKEN in both directions, never an rsync password).

import Type, { type Static } from 'typebox'
import { Name, Nullable, RunId, Strict, Timestamp } from './common.ts'
import { Publish, RsyncOptions } from './project.ts'
import { Progress, Summary } from './run.ts'

const Key = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,79}$', description: "the project's unchanging key" })
const SlaveId = Type.String({ minLength: 1, maxLength: 300 })

/** Master to slave. `source` is the tree's path below the master's rsync module, without slashes at its ends. */
export const SyncFromMaster = Strict({
  run: RunId,
  slave_id: SlaveId,
  project: Name,
  key: Key,
  generation: Type.Integer({ minimum: 1 }),
  source: Type.String({ minLength: 1, maxLength: 4096 }),
  rsync_options: RsyncOptions,
  /** Compare contents, not only sizes and times. */
  checksum: Type.Boolean(),
  publish: Publish,
})
export type SyncFromMaster = Static<typeof SyncFromMaster>

/** Slave to master, until it is acknowledged: how a job ended. `log` is rsync's output, its middle cut when large. */
export const SlaveReport = Strict({
  run: RunId,
  slave_id: SlaveId,
  project: Name,
  state: Type.Enum(['succeeded', 'failed', 'stopped'] as const),
  generation: Nullable(Type.Integer()),
  started_at: Nullable(Timestamp),
  finished_at: Timestamp,
  exit_code: Nullable(Type.Integer()),
  summary: Nullable(Summary),
  error: Nullable(Type.String({ maxLength: 4096 })),
  log: Type.String({ maxLength: 1_048_576 }),
})
export type SlaveReport = Static<typeof SlaveReport>

export const SlaveProgress = Strict({ run: RunId, slave_id: SlaveId, progress: Progress })
export type SlaveProgress = Static<typeof SlaveProgress>

/** Master to slave: the project's folder has a new name, or its files are to go. */
export const RenameTree = Strict({ key: Key, project: Name })
export const RemoveTree = Strict({ key: Key, project: Name, purge: Type.Boolean() })

export const Anchor = Type.Object({ project: Type.String(), generation: Type.Integer() })
export type Anchor = Static<typeof Anchor>
export const Jobs = Type.Object({
  jobs: Type.Array(Type.Object({ run: Type.String(), project: Type.String(), state: Type.String() })),
  anchors: Type.Record(Type.String(), Anchor),
})
export type Jobs = Static<typeof Jobs>
