// Masters, as answers show them.

import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from './common.ts'

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
