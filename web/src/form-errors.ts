// Which field of a form an error of the API belongs to: pure.

import { ApiError } from '../../shared/api/errors.ts'
import { FIELDS } from './settings-fields.ts'

export interface FormError {
  /** The key of the field, or null when it belongs to none. */
  key: string | null
  text: string
}

/** The part of the request's field that the key of a text stands for: `rsync_options.delete` is `delete`. */
export function readError(problem: unknown): FormError {
  const text = problem instanceof Error ? problem.message : String(problem)
  if (!(problem instanceof ApiError) || problem.field === undefined) return { key: null, text }
  const [name = '', part] = problem.field.split('.')
  const fields = FIELDS.filter((field) => field.name === name)
  const key = (fields.find((field) => field.key === part) ?? fields[0])?.key ?? null
  return { key, text: withoutName(text, problem.field) }
}

/** The message begins with the API's name of the field, whose label stands above it here. */
function withoutName(text: string, field: string): string {
  return text.startsWith(`${field}: `) ? text.slice(field.length + 2) : text
}
