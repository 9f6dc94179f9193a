// What can go wrong with a request to the API.

import type { FieldProblem } from '../schemas/common.ts'

/** The master refused the request; the message is its own. `problems` are those of the request's fields, if it has any. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly field: string | undefined
  readonly problems: readonly FieldProblem[]

  constructor(status: number, code: string, message: string, problems: readonly FieldProblem[] = []) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.field = problems[0]?.field
    this.problems = problems
  }
}

/** Nothing answered, or what answered is not a master. */
export class NoAnswerError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NoAnswerError'
  }
}
