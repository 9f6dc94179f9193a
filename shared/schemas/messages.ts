// The messages between master and slave. None carries a secret.

import Type, { type Static } from 'typebox'
import { Name, Nullable, RunId, Strict, Timestamp } from './common.ts'
import { Trace } from './project-additions.ts'
import { KeepGenerations, Publish, RsyncOptions, Stages } from './project-parts.ts'
import { Progress, Summary } from './run.ts'
import { Port } from './upstream-fields.ts'

const Key = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,79}$', description: "the project's key" })
const SlaveId = Type.String({ minLength: 1, maxLength: 300 })
/** The API and the rsyncd of a master. */
export const MasterAddress = Type.Object({
  url: Type.String({ pattern: '^https?://' }),
  hostname: Type.String({ minLength: 1, maxLength: 253 }),
  rsyncd_port: Port,
})
export type MasterAddress = Static<typeof MasterAddress>

const Generation = Type.Integer({ minimum: 1 })
/** A random name that no other generation of any project has. */
export const Tag = Type.String({ pattern: '^[0-9a-f]{16}$' })
/** A path below a tree: none of its parts begins with a dot. */
const TracePath = Type.String({
  maxLength: 512,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]*(/[A-Za-z0-9][A-Za-z0-9._+-]*)*$',
})
/** A path below an rsync module, without a slash at either end. */
const Source = Type.String({ minLength: 1, maxLength: 4096 })
/** What a report may carry of an error. */
export const MAX_ERROR_CHARACTERS = 4_096
/** Of the master's store; it grows whenever the store may have been put back to an earlier state. */
const Epoch = Type.Integer({ minimum: 1 })
/**
 * What the fleet serves of a project; within an epoch `sequence` grows with every decision, a rollback too. Since protocol 3
 * the master names the tag.
 */
const Published = Type.Object({ generation: Generation, sequence: Type.Integer(), tag: Type.Optional(Tag) })
/** What a job was to reach, and in which epoch it was told so: run ids come again when a master is restored. */
export const JobTarget = Strict({ epoch: Epoch, tag: Tag })
export type JobTarget = Static<typeof JobTarget>

/**
 * Master to slave: sync. `generation` and `tag` are what the slave is to reach. `changes` is the number of names that
 * changed since `anchor`, which the slave fetches from /slave_changes/; null asks for a slow sync. `upstream` is the
 * slave to pull from instead of the master; `downstream_hosts` are the slaves that may pull from this one.
 */
export const SyncFromMaster = Strict({
  run: RunId,
  slave_id: SlaveId,
  id: Name,
  project: Name,
  key: Key,
  generation: Generation,
  tag: Tag,
  anchor: Nullable(Type.Object({ generation: Generation, tag: Tag })),
  changes: Nullable(Type.Integer()),
  source: Source,
  upstream: Nullable(
    Type.Object({ hostname: Type.String({ minLength: 1, maxLength: 253 }), port: Port, source: Source }),
  ),
  downstream_hosts: Type.Array(Type.String()),
  /** The master that sends this, when there are several; else null. */
  master: Nullable(MasterAddress),
  rsync_options: RsyncOptions,
  /** True to compare contents, and not only sizes and times. */
  checksum: Type.Boolean(),
  publish: Publish,
  published: Nullable(Published),
  /** Since protocol 2: the order of passes, and what guards the tree. */
  stages: Type.Optional(Stages),
  guard: Type.Optional(Type.Object({ percent: Type.Integer({ minimum: 0, maximum: 100 }), force: Type.Boolean() })),
  /** Since protocol 3: the same run with another epoch is another job. */
  epoch: Type.Optional(Epoch),
  /** Since protocol 4: how many whole trees an atomic project keeps. */
  keep: Type.Optional(KeepGenerations),
  /**
   * Since protocol 5: the files by which nodes say when the tree was synced. `spared` are the paths of those of all nodes, which are
   * no part of the tree; `given` are the master's own, with their texts.
   */
  traces: Type.Optional(
    Type.Object({
      trace: Trace,
      spared: Type.Array(TracePath, { maxItems: 10_000 }),
      given: Type.Array(Type.Object({ path: TracePath, text: Type.String({ maxLength: 65_536 }) }), { maxItems: 8 }),
    }),
  ),
})
export type SyncFromMaster = Static<typeof SyncFromMaster>

/**
 * Slave to master: how a job ended; sent until it is acknowledged. `prepared` is an atomic tree that waits to be
 * published. `log` is rsync's output; when it is large, its middle is cut out.
 */
export const SlaveReport = Strict({
  run: RunId,
  /** Only in answer to an order of protocol 3: the order that it answers. */
  target: Type.Optional(JobTarget),
  slave_id: SlaveId,
  project: Name,
  /** `blocked` only in answer to an order of protocol 2. */
  state: Type.Enum(['succeeded', 'prepared', 'failed', 'stopped', 'blocked'] as const),
  generation: Nullable(Type.Integer()),
  tag: Nullable(Tag),
  method: Nullable(Type.Enum(['normal', 'slow'] as const)),
  /** How many entries a full comparison after a normal sync found to differ; null when there was no comparison. */
  drift: Nullable(Type.Integer()),
  /** The path of the tree below the slave's own rsync module. */
  source: Nullable(Source),
  started_at: Nullable(Timestamp),
  finished_at: Timestamp,
  exit_code: Nullable(Type.Integer()),
  summary: Nullable(Summary),
  error: Nullable(Type.String({ maxLength: MAX_ERROR_CHARACTERS })),
  log: Type.String({ maxLength: 1_048_576 }),
})
export type SlaveReport = Static<typeof SlaveReport>

export const SlaveProgress = Strict({ run: RunId, slave_id: SlaveId, progress: Progress })
export type SlaveProgress = Static<typeof SlaveProgress>

/**
 * Master to slave: serve this generation from now on. The slave ignores what is older than what it has seen: of an earlier
 * epoch, or within an epoch of a lower `sequence`.
 */
export const PublishTree = Strict({
  key: Key,
  id: Name,
  project: Name,
  generation: Generation,
  tag: Tag,
  sequence: Type.Integer(),
  /** Since protocol 3. */
  epoch: Type.Optional(Epoch),
})
export type PublishTree = Static<typeof PublishTree>

/** Master to slave: the project's folder has a new name, or the project was removed. */
export const RenameTree = Strict({ key: Key, id: Name, project: Name })
export const RemoveTree = Strict({ key: Key, project: Name, purge: Type.Boolean() })

/** What a slave serves of a project; `generation` is null while it has nothing whole. */
export const TreeState = Type.Object({
  project: Type.String(),
  generation: Nullable(Type.Integer()),
  tag: Nullable(Tag),
  drift: Nullable(Type.Integer()),
})
export type TreeState = Static<typeof TreeState>

/** What a slave says of the way to its master is shown to people, and is kept up to this length. */
export const MAX_REACH_CHARACTERS = 300
const Trouble = Nullable(Type.String({ maxLength: MAX_REACH_CHARACTERS }))
/** Whether a slave reaches the API at its MASTER_URL, and the rsyncd that it pulls from: null, or why not. */
export const MasterReach = Type.Object({
  at: Timestamp,
  url: Type.String({ maxLength: MAX_REACH_CHARACTERS }),
  api: Trouble,
  rsyncd: Trouble,
})
export type MasterReach = Static<typeof MasterReach>

export const Jobs = Type.Object({
  jobs: Type.Array(Type.Object({ run: Type.String(), project: Type.String(), state: Type.String() })),
  anchors: Type.Record(Type.String(), TreeState),
  /** The digest of these very anchors, as in the health; missing without them, and from slaves of earlier versions. */
  trees: Type.Optional(Type.String()),
  /** Null before the slave's first look at its master; missing from slaves of earlier versions. */
  to_master: Type.Optional(Nullable(MasterReach)),
})
export type Jobs = Static<typeof Jobs>

/** The newest protocol between master and slave: an order has only fields that the slave knows. */
export const PROTOCOL = 5

/** A slave's health. `trees` changes whenever what it serves does. `rsyncd_port` is null when it serves no slaves. */
export const SlaveHealth = Type.Object({
  status: Type.Literal('ok'),
  version: Type.String({ maxLength: 64 }),
  trees: Type.String({ maxLength: 64 }),
  rsyncd_port: Nullable(Type.Integer()),
  /** Which fields of an order the slave knows; 1 when it does not say. */
  protocol: Type.Optional(Type.Integer()),
  /** By which it names its trace files, where that is not the host in its id. */
  public_name: Type.Optional(Type.String({ maxLength: 253 })),
})
export type SlaveHealth = Static<typeof SlaveHealth>

/** What a slave should serve, by the project's key. Slaves of before protocol 3 pass over the tag and the epoch. */
export const Generations = Type.Record(
  Type.String(),
  Type.Object({ ...Published.properties, epoch: Type.Optional(Epoch) }),
)
export type Generations = Static<typeof Generations>

/**
 * The nodes that an order may name: the master that answers (null when it is the only one), the addresses of all masters,
 * and the hosts of all slaves.
 */
export const FleetNodes = Type.Object({
  master: Nullable(MasterAddress),
  master_urls: Type.Array(Type.String()),
  slave_hosts: Type.Array(Type.String()),
})
export type FleetNodes = Static<typeof FleetNodes>
