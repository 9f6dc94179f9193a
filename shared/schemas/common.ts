// Parts that several schemas share.

import Type, { type Static, type TProperties, type TSchema } from 'typebox'

/** An id or project name: a safe file name of 1 to 64 characters. */
export const NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'

export const Name = Type.String({
  pattern: NAME_PATTERN,
  description: '1 to 64 letters, digits, dots, underscores or dashes, the first a letter or digit',
})

export const RunId = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,79}$',
  description: 'the id of a run, as in an earlier answer',
})

/** ISO 8601 in UTC. */
export const Timestamp = Type.String({ format: 'date-time', description: 'a time in ISO 8601' })

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** A request object; any other field is an error. */
export const Strict = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })

/** An answer in the original's shape: `method` and `success` beside its own fields. */
export const Answer = <P extends TProperties>(properties: P) =>
  Type.Object({ method: Type.String(), success: Type.Literal(true), ...properties })

/** Makes an answer in that shape. */
export function success<M extends string, More extends object = object>(
  method: M,
  more: More = {} as More,
): { method: M; success: true } & More {
  // Keep the spread last: fields after a spread take V8 11 fifty times as long to make, and longer to read.
  return { method, success: true, ...more }
}

/** What is wrong with one field of a request, such as `cron_options.minute`; the message begins with its name. */
export const FieldProblem = Type.Object({ field: Type.String(), message: Type.String() })
export type FieldProblem = Static<typeof FieldProblem>

/** The answer of every request that failed. `field` and `message` are those of the first of `problems`. */
export const ErrorAnswer = Type.Object({
  method: Type.String(),
  success: Type.Literal(false),
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    field: Type.Optional(Type.String()),
    problems: Type.Optional(Type.Array(FieldProblem)),
  }),
})
export type ErrorAnswer = Static<typeof ErrorAnswer>
