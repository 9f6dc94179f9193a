// What a request may say of a project.

import Type, { type Static } from 'typebox'
import { Name, Nullable } from './common.ts'
import { DownstreamsInput } from './downstream.ts'
import { ProbeSetting } from './probe.ts'
import { additionProperties } from './project-additions.ts'
import { connectionProperties, SshKey } from './project-connection.ts'
import { limitProperties } from './project-limits.ts'
import {
  KeepGenerations,
  LayoutName,
  NodeName,
  ProjectStages,
  Publish,
  TolerableCode,
  Verify,
  WaitFor,
} from './project-parts.ts'
import { CronOptions } from './schedule.ts'
import { SourceInput } from './source.ts'
import { UpstreamsInput } from './upstream.ts'
import { upstreamProperties } from './upstream-fields.ts'

const OptionList = Type.Array(Type.String({ maxLength: 1024 }), {
  maxItems: 64,
  description: 'a list of rsync options, each a string of its own',
})

/** rsync's options in three parts; a part that is left out takes the setting's default. */
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

const { rsync_host, rsync_module, ...optionalParts } = upstreamProperties
/** Other sources than rsync have none. */
const optionalUpstream = {
  rsync_host: Type.Optional(rsync_host),
  rsync_module: Type.Optional(rsync_module),
  ...optionalParts,
}

/** The settings of a project without its schedule, as add_project and update_project/basic take them. */
export const basicProperties = {
  project: Name,
  source: Type.Optional(SourceInput),
  ...optionalUpstream,
  upstreams: Type.Optional(Nullable(UpstreamsInput)),
  dest: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: 'an absolute path inside DEST_ROOT' })),
  rsync_options: Type.Optional(RsyncOptionsInput),
  fanout_options: Type.Optional(Nullable(RsyncOptionsInput)),
  node: Type.Optional(NodeName),
  publish: Type.Optional(Publish),
  stages: Type.Optional(ProjectStages),
  layout: Type.Optional(LayoutName),
  verify: Type.Optional(Verify),
  verify_keyring: Type.Optional(
    Nullable(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$',
        description: 'the name of a file in KEYRINGS_DIR, or null',
      }),
    ),
  ),
  by_index: Type.Optional(Type.Boolean({ description: 'true or false' })),
  delete_guard_percent: Type.Optional(
    Nullable(
      Type.Integer({ minimum: 0, maximum: 100, description: 'a whole number from 0 to 100, or null for the setting' }),
    ),
  ),
  probe: Type.Optional(Nullable(ProbeSetting)),
  wait_for: Type.Optional(Nullable(WaitFor)),
  jitter_s: Type.Optional(
    Nullable(
      Type.Integer({ minimum: 1, maximum: 3600, description: 'a whole number of seconds from 1 to 3600, or null' }),
    ),
  ),
  interval_s: Type.Optional(
    Nullable(Type.Integer({ minimum: 1, maximum: 31_536_000, description: 'a whole number of seconds, or null' })),
  ),
  ...limitProperties,
  ...additionProperties,
  ...connectionProperties,
  ssh_key: SshKey,
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
  keep_generations: Type.Optional(KeepGenerations),
  tolerated_exit_codes: Type.Optional(
    Type.Array(TolerableCode, {
      maxItems: 2,
      uniqueItems: true,
      description: 'a list of the rsync exit codes 23 and 24, each at most once',
    }),
  ),
  trigger_secret: Type.Optional(
    Nullable(
      Type.String({
        minLength: 16,
        maxLength: 256,
        pattern: '^[!-~]*$',
        description: '16 to 256 printable characters without blanks, or null',
      }),
    ),
  ),
  downstreams: Type.Optional(Nullable(DownstreamsInput)),
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

const { project, ...optionalBasics } = basicProperties
export const UpdateProject = Type.Object(
  {
    id: Name,
    project: Type.Optional(project),
    ...optionalBasics,
  },
  { additionalProperties: false },
)
export type UpdateProject = Static<typeof UpdateProject>

/** What was left out of a request's rsync options, as sentences; missing where nothing was. */
export const OptionNotes = Type.Optional(Type.Array(Type.String()))
