// A typed client of the master's API, for the command line and the dashboard.

import { otherScheme } from '../http/other-scheme.ts'
import { ApiError, NoAnswerError } from './errors.ts'
import { PAGE_HEADER } from './page-header.ts'
import type { Routes } from './routes.ts'

type RequestOf<R> = { [K in Exclude<keyof R, 'answer'>]: R[K] }
/** Nothing for a route that takes nothing; where every field is optional, so is the request. */
type Given<R> =
  Exclude<keyof R, 'answer'> extends never
    ? []
    : object extends R[Exclude<keyof R, 'answer'>]
      ? [request?: RequestOf<R>]
      : [request: RequestOf<R>]
type AnswerOf<R> = R extends { answer: infer A } ? A : never

/** Every method throws ApiError or NoAnswerError. */
export interface Api {
  get<P extends keyof Routes['get']>(path: P, ...given: Given<Routes['get'][P]>): Promise<AnswerOf<Routes['get'][P]>>
  post<P extends keyof Routes['post']>(
    path: P,
    ...given: Given<Routes['post'][P]>
  ): Promise<AnswerOf<Routes['post'][P]>>
  /** GETs text or a stream, to be read as it comes. */
  open<P extends keyof Routes['open']>(
    path: P,
    request: RequestOf<Routes['open'][P]>,
    more?: { headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Response>
}

interface Request {
  query?: object
  body?: object
}

/**
 * `authorization` is the whole header, asked for anew with each request; without it, the browser's cookie is the log-in.
 * `onLost` is called when the log-in is not taken, or no longer.
 */
export function createApiClient(url: string, authorization?: () => string, onLost: () => void = () => {}): Api {
  const send = async (path: string, { query = {}, body }: Request, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    if (authorization !== undefined) headers.set('authorization', authorization())
    // So that a browser gets no dialog of its own for a log-in that is not taken; over plain HTTP it says nothing of itself.
    if (authorization === undefined || 'document' in globalThis) headers.set(PAGE_HEADER, 'page')
    if (body !== undefined) headers.set('content-type', 'application/json')
    const response = await fetch(`${url}${path}${writeQuery(query)}`, {
      ...init,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new NoAnswerError(describe(url, error))
    })
    if (response.status === 401) onLost()
    if (!response.ok) throw await readRefusal(response)
    return response
  }
  return {
    get: async (path, ...[request]) => readJson(await send(path, request ?? {})),
    post: async (path, ...[request]) => readJson(await send(path, request ?? {}, { method: 'POST' })),
    open: (path, request, more) => send(path, request, more),
  }
}

export function basicAuthorization(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}

function writeQuery(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  return given.length === 0
    ? ''
    : `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`
}

async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    throw new NoAnswerError(`${response.url} did not answer with JSON`)
  }
}

async function readRefusal(response: Response): Promise<Error> {
  const answer: unknown = await response.json().catch(() => null)
  const { code, message, field, problems } = Object(Object(answer).error)
  if (typeof code !== 'string') return new NoAnswerError(`${response.url} answered with status ${response.status}`)
  // Masters of earlier versions name the first problem only.
  const first = typeof field === 'string' ? [{ field, message: String(message) }] : []
  return new ApiError(response.status, code, String(message), Array.isArray(problems) ? problems : first)
}

/** What Node.js calls a certificate whose authority it does not know. */
const UNKNOWN_AUTHORITY = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]

function describe(url: string, error: unknown): string {
  const cause = Object(error).cause ?? error
  const { code } = Object(cause)
  const scheme = otherScheme(url, code)
  if (scheme === 'http')
    return `${url} does not speak TLS: nothing but http is served on this port. Use ${url.replace('https:', 'http:')}.`
  if (scheme === 'https')
    return `${url} ended the connection without an answer. If the master has TLS, use ${url.replace('http:', 'https:')}.`
  const advice = UNKNOWN_AUTHORITY.includes(code)
    ? "Set NODE_EXTRA_CA_CERTS to the file of the authority (the master's TLS_CA)."
    : 'Is the master running there?'
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : (code ?? String(cause))
  return `${url} cannot be reached (${reason}). ${advice}`
}
