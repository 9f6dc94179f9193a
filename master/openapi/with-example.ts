// Adds an example to a schema, for the API's document: validators and serialisers ignore it, the compiler checks it.

import type { Static, TSchema } from 'typebox'

/** The schema of a body or an answer, with examples of the whole. */
export function withExample<S extends TSchema>(schema: S, ...examples: Static<S>[]): S {
  return { ...schema, examples }
}

/** The schema of one query parameter, with an example of its value. */
export function queryField<S extends TSchema>(schema: S, example: Static<S>): S {
  return { ...schema, example }
}
