// What a project leaves out of its upstream's tree, what it adds, and what runs around its runs.

import Type, { type Static } from 'typebox'
import { Nullable } from './common.ts'
import { Hooks } from './hooks.ts'

/**
 * `debian`: `project/trace/NAME` as the mirror tools of Debian write it, by the name of each node. `timestamp`: one file with the
 * seconds since 1970, which all nodes write at the same path.
 */
export const Trace = Type.Object(
  {
    style: Type.Enum(['debian', 'timestamp'] as const),
    /** For `timestamp`, below the project's folder; `lastsync` unless given. */
    file: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]*(/[A-Za-z0-9][A-Za-z0-9._+-]*){0,7}$',
        maxLength: 128,
        description: 'a path below the project\'s folder, such as "lastsync"',
      }),
    ),
  },
  { additionalProperties: false, description: '{"style": "debian"}, or {"style": "timestamp", "file": path}, or null' },
)
export type Trace = Static<typeof Trace>

/** As requests give them and answers show them. Missing: nothing is added. */
export const additionProperties = {
  /** Whether the files in DEST_ROOT/.local/ID are part of the tree. */
  local_files: Type.Optional(Type.Boolean({ description: 'true or false' })),
  /** Filter rules, before those among the rsync options. */
  filters: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
      maxItems: 1000,
      description: 'a list of at most 1000 rules such as "exclude *.iso"',
    }),
  ),
  /** Commands of the operator that run around its runs; only root may name them. Null or missing: none. */
  hooks: Type.Optional(Nullable(Hooks)),
  /** Which files say when the tree was last synced, and from where. */
  trace: Type.Optional(Nullable(Trace)),
}

const ProjectAdditions = Type.Object(additionProperties)
export type ProjectAdditions = Static<typeof ProjectAdditions>

/** The additions of a project, with what stands for those that it does not have. */
export function additionsOf({
  local_files = false,
  filters = [],
  hooks = null,
  trace = null,
}: ProjectAdditions): Required<ProjectAdditions> {
  return { local_files, filters, hooks, trace }
}
