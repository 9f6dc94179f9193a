// What a project may be told, one value each: options, layout, stages, publishing.

import Type, { type Static } from 'typebox'
import { LAYOUTS, PUBLISHES, VERIFIES } from './choices.ts'

/** rsync's options in three parts; a pull uses all of them. */
export const RsyncOptions = Type.Object({
  basic: Type.Array(Type.String()),
  defaults: Type.Array(Type.String()),
  delete: Type.String(),
})
export type RsyncOptions = Static<typeof RsyncOptions>

/** What kind of repository a tree is. */
export const LayoutName = Type.Enum(LAYOUTS, {
  description: '"plain", "debian", "rpm", "arch", "alpine", "fedora" or "checksums"',
})
export type LayoutName = Static<typeof LayoutName>

/** What happens to a generation that is not whole by its own indices: nothing looks, it is published and marked, or held. */
export const Verify = Type.Enum(VERIFIES, { description: '"off", "warn" or "hold"' })
export type Verify = Static<typeof Verify>

/** The order of a sync: with any value except "single", index files are moved in a second pass, with the deletes. */
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

/** The same for a project, whose layout may say which files index others. */
export const ProjectStages = Type.Union([Type.Literal('by_layout'), ...Stages.anyOf], {
  description: '"by_layout", "single", "debian", "rpm" or {"first_pass_exclude": [patterns]}',
})
export type ProjectStages = Static<typeof ProjectStages>

export const Publish = Type.Enum(PUBLISHES, { description: '"in_place" or "atomic"' })
export type Publish = Static<typeof Publish>

/** How many whole trees an atomic project has on each node, with the one that is served. */
export const KeepGenerations = Type.Integer({ minimum: 2, maximum: 50, description: 'a whole number from 2 to 50' })
/** Where nothing else is said: the one that is served, and the one before. */
export const KEPT_BY_DEFAULT = 2

/** The name of a master, or `any` for whichever master is up. */
export const NodeName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$',
  description: 'the name of a master (its MASTER_NODE), or "any" when all masters share the disk',
})

/** The exit codes of rsync after which there is a tree to serve. */
export const TolerableCode = Type.Enum([23, 24] as const, {
  description: '23 (some files could not be read) or 24 (some files vanished); other codes leave no tree to serve',
})

/** Names at the top of an upstream, in which * and ? stand for others. At least one character is as it is given. */
export const WaitFor = Type.Array(
  Type.String({
    minLength: 3,
    maxLength: 100,
    pattern: '^[*?]?[A-Za-z0-9.][A-Za-z0-9._~+*?-]*$',
    description: 'a name of 3 to 100 letters, digits and . _ ~ + -, in which * and ? stand for others',
  }),
  {
    maxItems: 8,
    uniqueItems: true,
    description: 'a list of names such as "Archive-Update-in-Progress-*", or null for those of the layout',
  },
)
