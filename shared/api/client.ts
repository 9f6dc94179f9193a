// A typed client of the master's API, for the command line and the dashboard.

import createClient, { type Client } from 'openapi-fetch'
import type { paths } from './api-types.ts'

/** Thrown for a refusal, with what the master says of it. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly field: string | undefined

  constructor(status: number, code: string, message: string, field: string | undefined) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.field = field
  }
}

/** Thrown when there is no master, or none that answers as one. */
export class NoAnswerError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NoAnswerError'
  }
}

export type Api = Client<paths>

/** `authorization` is the whole header, asked for anew with each request; null: not logged in. */
export function createApiClient(url: string, authorization: () => string | null): Api {
  const client = createClient<paths>({ baseUrl: url })
  client.use({
    onRequest: ({ request }) => {
      const header = authorization()
      if (header !== null) request.headers.set('authorization', header)
      return request
    },
    onError: ({ error }) => new NoAnswerError(describe(url, error)),
  })
  return client
}

/** What a request came to. @throws {ApiError} */
export async function unwrap<T>(answering: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answering
  if (response.ok && data !== undefined) return data
  const { code, message, field } = Object(Object(error).error)
  if (typeof code !== 'string') throw new NoAnswerError(`${response.url} answered with status ${response.status}`)
  throw new ApiError(response.status, code, String(message), typeof field === 'string' ? field : undefined)
}

export function basicAuthorization(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}

function describe(url: string, error: unknown): string {
  const cause = Object(error).cause ?? error
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : (Object(cause).code ?? String(cause))
  return `${url} cannot be reached (${reason}). Is the master running there?`
}
