// Says in words what a request's schema does not allow, one problem a field: pure.

import type { FastifySchemaValidationError } from 'fastify'
import { didYouMean } from '../nearest.ts'
import type { FieldProblem } from '../schemas/common.ts'

/** Ajv's errors; `parentSchema` is set because the validators run with `verbose`. */
type Invalid = FastifySchemaValidationError & { parentSchema?: Expected }

/** What a schema says that a person can use. */
interface Expected {
  description?: string
  type?: string | string[]
  enum?: readonly unknown[]
  const?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  properties?: Record<string, unknown>
}

/** Enough for any person; what has more wrong with it is no request of this API. */
const MOST_PROBLEMS = 20

/** The problems of a body or a query, the first one first; each field is named once. */
export function describeInvalid(errors: readonly FastifySchemaValidationError[]): FieldProblem[] {
  const found = new Map<string, FieldProblem>()
  for (const error of withoutBranches(errors)) {
    const problem = describe(error)
    if (!found.has(problem.field)) found.set(problem.field, problem)
    if (found.size === MOST_PROBLEMS) break
  }
  return [...found.values()]
}

const ALTERNATIVES = /\/(?:anyOf|oneOf)$/

/**
 * Where a value may be one of several things, Ajv reports why it is none of them. One report is enough: that of the
 * alternative that fits furthest, or the first.
 */
function withoutBranches(errors: readonly Invalid[]): Invalid[] {
  let left = [...errors]
  // The innermost alternatives come first, and have become one report when the outer ones are looked at.
  for (const choice of errors.filter(({ schemaPath }) => ALTERNATIVES.test(schemaPath))) {
    const isOfChoice = (error: Invalid) =>
      error.schemaPath.startsWith(`${choice.schemaPath}/`) && error.instancePath.startsWith(choice.instancePath)
    const branches = left.filter(isOfChoice)
    const [first] = branches
    const at = left.indexOf(first ?? choice)
    const depth = Math.max(0, ...branches.map(depthOf))
    const kept = depth > depthOf(choice) ? branches.filter((error) => depthOf(error) === depth) : [whole(choice, first)]
    left = left.filter((error) => error !== choice && !isOfChoice(error))
    left.splice(at, 0, ...kept)
  }
  return left
}

/** The alternatives as one thing when somebody has said what they are, else the first of them. */
function whole(choice: Invalid, first: Invalid | undefined): Invalid {
  return choice.parentSchema?.description === undefined && first !== undefined ? first : choice
}

/** How far into the value an error lies. */
function depthOf({ instancePath, params }: Invalid): number {
  const { missingProperty, additionalProperty } = params as Record<string, unknown>
  return instancePath.split('/').length + (missingProperty === undefined && additionalProperty === undefined ? 0 : 1)
}

function describe(error: Invalid): FieldProblem {
  const { missingProperty, additionalProperty } = error.params as Record<string, string | undefined>
  const name = missingProperty ?? additionalProperty
  // Ajv gives the field as a JSON pointer.
  const field = [
    ...error.instancePath.split('/').slice(1).map(unescapePointer),
    ...(name === undefined ? [] : [name]),
  ].join('.')
  const schema = error.parentSchema ?? {}
  const known = schema.properties ?? {}
  if (missingProperty !== undefined) return { field, message: `${field}: is missing${ought(known[missingProperty])}` }
  if (additionalProperty !== undefined) {
    const hint = didYouMean(additionalProperty, Object.keys(known))
    return { field, message: `${field}: is not a field of this request${hint === '' ? '' : `.${hint}`}` }
  }
  const expected = schema.description ?? expectation(schema)
  const text = expected === null ? (error.message ?? 'is not valid') : `must be ${expected}`
  return { field, message: field === '' ? `The body ${text}` : `${field}: ${text}` }
}

/** `; it must be a whole number from 1 to 65535`, when the schema says what it is. */
function ought(schema: unknown): string {
  const { description } = Object(schema) as Expected
  const expected = description ?? expectation(Object(schema))
  return expected === null ? '' : `; it must be ${expected}`
}

/** What a value must be, from the schema alone; null when that says too little. */
function expectation(schema: Expected): string | null {
  const { type } = schema
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return anyOf(schema.enum.map((value) => JSON.stringify(value)))
  if (type === 'integer') return `a whole number${range(schema.minimum, schema.maximum)}`
  if (type === 'number') return `a number${range(schema.minimum, schema.maximum)}`
  if (type === 'boolean') return 'true or false'
  if (type === 'string') return `a string${counted(schema.minLength, schema.maxLength, 'characters')}`
  if (type === 'array') return `a list${counted(schema.minItems, schema.maxItems, 'items')}`
  return type === 'object' ? 'a JSON object' : null
}

function range(from: number | undefined, to: number | undefined): string {
  if (from !== undefined && to !== undefined) return ` from ${from} to ${to}`
  if (from !== undefined) return ` of at least ${from}`
  return to === undefined ? '' : ` of at most ${to}`
}

function counted(from: number | undefined, to: number | undefined, what: string): string {
  return from === undefined && to === undefined ? '' : ` of ${range(from, to).replace(/^ (of|from) /, '')} ${what}`
}

function anyOf(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
