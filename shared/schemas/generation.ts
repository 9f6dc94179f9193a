// The generations of a project as answers show them, and the request to go back to one.

import Type, { type Static } from 'typebox'
import { Name, Nullable, Strict, Timestamp } from './common.ts'

export const GenerationView = Type.Object({
  /** Null for the tree that is held: it has no number before it is published. */
  generation: Nullable(Type.Integer()),
  tag: Nullable(Type.String()),
  /** When the fleet first served it. Null when no kept run says so, and for the tree that is held. */
  published_at: Nullable(Timestamp),
  total_files: Nullable(Type.Integer()),
  /** In bytes. */
  total_size: Nullable(Type.Integer()),
  /** `published`: served by the fleet; `kept`: on the master, to roll back to; `held`: fetched, not whole, not published. */
  state: Type.Enum(['published', 'kept', 'held'] as const),
})
export type GenerationView = Static<typeof GenerationView>

/** Where no generation is named, the one before is meant. */
export const RollbackProject = Strict({
  id: Name,
  generation: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'the number of a generation that the project keeps, as list_generations shows',
    }),
  ),
})
