// A project: what a request may say of it, what is stored, and what is shown.

import Type, { type Static } from 'typebox'
import { Name, Nullable, Timestamp } from './common.ts'
import { RunState } from './run.ts'
import { CronOptions, Schedule } from './schedule.ts'

const OptionList = Type.Array(Type.String({ maxLength: 1024 }), {
  maxItems: 64,
  description: 'a list of rsync options, each a string of its own',
})

/** rsync's options in three parts; what is left out takes the settings' defaults. */
export const RsyncOptionsInput = Type.Object(
  {
    basic: Type.Optional(OptionList),
    defaults: Type.Optional(OptionList),
    delete: Type.Optional(
      Type.String({ maxLength: 64, description: 'one of rsync\'s delete options, such as "--delete", or ""' }),
    ),
  },
  { additionalProperties: false },
)
export type RsyncOptionsInput = Static<typeof RsyncOptionsInput>

export const RsyncOptions = Type.Object({
  basic: Type.Array(Type.String()),
  defaults: Type.Array(Type.String()),
  delete: Type.String(),
})
export type RsyncOptions = Static<typeof RsyncOptions>

/** Two-pass orders of a run: files that index others move last, with the deletes. */
export const Stages = Type.Union(
  [
    Type.Literal('single'),
    Type.Literal('debian'),
    Type.Literal('rpm'),
    Type.Object(
      { first_pass_exclude: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 64 }) },
      { additionalProperties: false },
    ),
  ],
  { description: '"single", "debian", "rpm" or {"first_pass_exclude": [patterns]}' },
)
export type Stages = Static<typeof Stages>

export const Publish = Type.Enum(['in_place', 'atomic'] as const, { description: '"in_place" or "atomic"' })
export type Publish = Static<typeof Publish>

/** The name of a master; `any` is a project's word for whichever is up. */
export const NodeName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$',
  description: 'the name of a master (its MASTER_NODE), or "any" when all masters share the disk',
})

export const Port = Type.Integer({ minimum: 1, maximum: 65535, description: 'a whole number from 1 to 65535' })

/** The settings of a project but its schedule, as add_project and update_project/basic take them. */
export const basicProperties = {
  project: Name,
  rsync_host: Type.String({ minLength: 1, maxLength: 255, description: 'a host name or an IP address' }),
  rsync_module: Type.String({ minLength: 1, maxLength: 1024, description: 'an rsync module, or module/path' }),
  dest: Type.String({ minLength: 1, maxLength: 1024, description: 'an absolute path inside DEST_ROOT' }),
  rsync_port: Type.Optional(Port),
  rsync_user: Type.Optional(
    Nullable(
      Type.String({ pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$', description: 'a user name of the upstream rsyncd' }),
    ),
  ),
  rsync_password: Type.Optional(
    Nullable(
      Type.String({ maxLength: 1024, pattern: '^[^\\u0000\\r\\n]*$', description: 'a password of one line, or null' }),
    ),
  ),
  rsync_options: Type.Optional(RsyncOptionsInput),
  node: Type.Optional(NodeName),
  publish: Type.Optional(Publish),
  stages: Type.Optional(Stages),
  delete_guard_percent: Type.Optional(
    Nullable(
      Type.Integer({ minimum: 0, maximum: 100, description: 'a whole number from 0 to 100, or null for the setting' }),
    ),
  ),
  publish_quorum: Type.Optional(
    Nullable(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'a share of the slaves above 0 and up to 1, or null for all that can be reached',
      }),
    ),
  ),
  publish_timeout_s: Type.Optional(
    Nullable(
      Type.Integer({
        minimum: 1,
        maximum: 31_536_000,
        description: 'a whole number of seconds, or null for SYNC_TIMEOUT_S',
      }),
    ),
  ),
  webhooks: Type.Optional(
    Type.Array(Type.String({ maxLength: 2048, pattern: '^https?://', description: 'an http(s) address' }), {
      maxItems: 8,
      description: 'a list of http(s) addresses',
    }),
  ),
}

export const AddProject = Type.Object(
  { id: Type.Optional(Name), ...basicProperties, cron_options: Type.Optional(Nullable(CronOptions)) },
  { additionalProperties: false },
)
export type AddProject = Static<typeof AddProject>

const { project, rsync_host, rsync_module, dest, ...optionalBasics } = basicProperties
export const UpdateProject = Type.Object(
  {
    id: Name,
    project: Type.Optional(project),
    rsync_host: Type.Optional(rsync_host),
    rsync_module: Type.Optional(rsync_module),
    dest: Type.Optional(dest),
    ...optionalBasics,
  },
  { additionalProperties: false },
)
export type UpdateProject = Static<typeof UpdateProject>

const LastRun = Type.Object({ run: Type.String(), state: RunState, finished_at: Nullable(Timestamp) })

const shownProperties = {
  id: Name,
  project: Name,
  owner: Type.String(),
  enabled: Type.Boolean(),
  rsync_host: Type.String(),
  rsync_port: Type.Integer(),
  rsync_module: Type.String(),
  rsync_user: Nullable(Type.String()),
  dest: Type.String(),
  rsync_options: RsyncOptions,
  cron_options: Nullable(Schedule),
  next_run_time: Nullable(Timestamp),
  node: Type.String(),
  lead: Nullable(Type.String()),
  stuck: Nullable(Type.String()),
  publish: Publish,
  publish_quorum: Nullable(Type.Number()),
  publish_timeout_s: Nullable(Type.Integer()),
  stages: Stages,
  delete_guard_percent: Nullable(Type.Integer()),
  generation: Type.Integer(),
  total_files: Nullable(Type.Integer()),
  total_size: Nullable(Type.Integer()),
  last_run: Nullable(LastRun),
  last_success_at: Nullable(Timestamp),
  created_at: Timestamp,
}

/**
 * A project as answers show it: no password, only whether there is one. `published_generation` is what the fleet serves
 * of an atomic project. `node` is the master that holds its disk, or `any`; with several masters `lead` is the one that
 * looks after it at present, and `stuck` says why nobody does.
 */
export const ProjectView = Type.Object({
  ...shownProperties,
  has_password: Type.Boolean(),
  published_generation: Nullable(Type.Integer()),
})
export type ProjectView = Static<typeof ProjectView>

const SlaveAnchor = Type.Object({ generation: Type.Integer(), tag: Type.String(), drift: Nullable(Type.Integer()) })
export type SlaveAnchor = Static<typeof SlaveAnchor>

/**
 * A project as it is stored. `key` never changes and names its files, its runs and its tree on the slaves;
 * `runs_made` counts the runs ever made, `last_queued_at` is when the newest was queued, `active_runs` are those that
 * have not ended; `due_again` says that it fell due meanwhile and runs once more, after. `anchors` is what each slave last
 * completed (and, of an atomic project, serves), by the slave's id. `tag` is that of `generation`; `published` is what
 * the fleet is to serve, decided and written before anybody is told.
 */
export const StoredProject = Type.Object({
  ...shownProperties,
  key: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,79}$' }),
  /** Sealed: only the stage that needs it opens it. */
  rsync_password: Nullable(Type.String()),
  webhooks: Type.Array(Type.String()),
  runs_made: Type.Integer(),
  last_queued_at: Nullable(Timestamp),
  active_runs: Type.Array(Type.String()),
  due_again: Type.Boolean(),
  tag: Nullable(Type.String()),
  anchors: Type.Record(Type.String(), SlaveAnchor),
  published: Nullable(Type.Object({ generation: Type.Integer(), tag: Type.String(), sequence: Type.Integer() })),
})
export type StoredProject = Static<typeof StoredProject>
