// Masters, as answers show them.

import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from './common.ts'

/**
 * `left` is one that was stopped, `down` one that is silent. `projects` counts those that it looks after; null for the
 * only master, which looks after all.
 */
export const MasterView = Type.Object({
  node: Type.String(),
  url: Type.String(),
  state: Type.Enum(['up', 'down', 'left'] as const),
  seen_at: Timestamp,
  projects: Nullable(Type.Integer()),
})
export type MasterView = Static<typeof MasterView>
