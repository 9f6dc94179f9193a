// Which field of a form an error of the API belongs to: pure.

import { ApiError } from '../../shared/api/errors.ts'
import { FIELDS } from './settings-fields.ts'

export interface FormError {
  /** The key of the field, or null when it belongs to none. */
  key: string | null
  text: string
}

/** What is wrong with a form that the API refused: all problems, the first one first. */
export function readErrors(problem: unknown): FormError[] {
  const text = problem instanceof Error ? problem.message : String(problem)
  if (!(problem instanceof ApiError) || problem.problems.length === 0) return [{ key: null, text }]
  return problem.problems.map(({ field, message }) => ({ key: keyOf(field), text: withoutName(message, field) }))
}

/** The part of the request's field that the key of a text stands for: `rsync_options.delete` is `delete`. */
function keyOf(path: string): string | null {
  const [name = '', part] = path.split('.')
  const fields = FIELDS.filter((field) => field.name === name)
  return (fields.find((field) => field.key === part) ?? fields[0])?.key ?? null
}

/** The error that stands at a field, or at none. */
export function errorAt(errors: readonly FormError[], key: string): string | undefined {
  return errors.find((error) => error.key === key)?.text
}

/** One line for all of a form's errors, away from the fields: it names the first one's. */
export function summarize(errors: readonly FormError[]): string {
  const [first, ...more] = errors
  if (first === undefined) return ''
  const label = FIELDS.find(({ key }) => key === first.key)?.label
  const text = label === undefined ? first.text : `${label} ${first.text}`
  return more.length === 0 ? text : `${text} (${more.length} more)`
}

/** The message begins with the API's name of the field, whose label stands above it here; what is null there is empty here. */
function withoutName(text: string, field: string): string {
  const said = text.startsWith(`${field}: `) ? text.slice(field.length + 2) : text
  return said.replace(/\bor null\b/, 'or empty')
}
