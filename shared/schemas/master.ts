// Masters, as answers show them, and the request that gives projects to one.

import Type, { type Static } from 'typebox'
import { Name, Nullable, Strict, Timestamp } from './common.ts'
import { NodeName } from './project-parts.ts'

/**
 * `left` is a master that was stopped, `down` one that is silent. `projects` counts the projects that it runs; null for
 * the only master, which runs all.
 */
export const MasterView = Type.Object({
  node: Type.String(),
  url: Type.String(),
  state: Type.Enum(['up', 'down', 'left'] as const),
  seen_at: Timestamp,
  projects: Nullable(Type.Integer()),
})
export type MasterView = Static<typeof MasterView>

/** Which projects another master gets. */
export const AssignNode = Strict({
  node: NodeName,
  ids: Type.Array(Name, { minItems: 1, maxItems: 1_000, uniqueItems: true, description: 'a list of project ids' }),
})
