// The HTTP client for requests to other nodes: JSON, the fleet's own CA, time limits, and no redirects.

import { readFileSync } from 'node:fs'
import type { ReadableStream } from 'node:stream/web'
import { Agent, fetch, type RequestInit, type Response } from 'undici'
import { isLoopback, type Settings } from '../../settings.ts'
import { cutText } from '../cut-text.ts'
import { otherScheme } from './other-scheme.ts'

/**
 * A request to another node. `headers` are those of the log-in; a route that is open gets none. `timeoutMs` limits the
 * whole request, including the body of the answer.
 */
export interface JsonRequest {
  url: string
  headers?: Readonly<Record<string, string>>
  body?: unknown
  timeoutMs: number
  signal?: AbortSignal
}

/** The other node's answer; `body` is the parsed JSON, not validated. */
export interface JsonAnswer {
  status: number
  body: unknown
}

/** Thrown when there is no readable answer. The message may be shown to users. */
export class UnreachableError extends Error {
  constructor(url: string, reason: string) {
    super(`${new URL(url).host} ${reason}`)
    this.name = 'UnreachableError'
  }
}

export type Peer = ReturnType<typeof createPeer>

const MAX_ANSWER_BYTES = 8 * 1024 * 1024

/** Makes the client of a node. When `TLS_CA` is set, the client trusts this authority only. */
export function createPeer(settings: Pick<Settings, 'ALLOW_PLAINTEXT' | 'TLS_CA'>) {
  const dispatcher = new Agent({
    connect: settings.TLS_CA === undefined ? {} : { ca: readFileSync(settings.TLS_CA) },
  })

  const send = (url: string, init: RequestInit): Promise<Response> => {
    const { protocol, hostname } = new URL(url)
    if (protocol === 'http:' && !isLoopback(hostname) && !settings.ALLOW_PLAINTEXT) {
      throw new UnreachableError(
        url,
        'is on another machine, and plain HTTP would expose the log-in; set TLS_CERT, TLS_KEY and TLS_CA, or ALLOW_PLAINTEXT=true',
      )
    }
    return fetch(url, { ...init, redirect: 'error', dispatcher })
  }

  return {
    /**
     * POSTs `body` as JSON, or sends a GET when there is none.
     *
     * @throws {UnreachableError} when the answer is not JSON, or there is none.
     */
    json: async (request: JsonRequest): Promise<JsonAnswer> => {
      const timeout = AbortSignal.timeout(request.timeoutMs)
      const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout
      const { body, headers = {} } = request
      const init =
        body === undefined
          ? { headers }
          : { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
      try {
        const response = await send(request.url, { ...init, signal })
        return { status: response.status, body: await readBody(response) }
      } catch (error) {
        if (error instanceof UnreachableError) throw error
        throw new UnreachableError(request.url, describeFailure(request.url, error, request.timeoutMs))
      }
    },
    /**
     * GETs a body of bytes.
     *
     * @throws {UnreachableError} when the body is not received completely.
     */
    bytes: async ({ url, headers = {}, timeoutMs }: Omit<JsonRequest, 'body' | 'signal'>): Promise<Buffer> => {
      try {
        const response = await send(url, { headers, signal: AbortSignal.timeout(timeoutMs) })
        if (!response.ok) {
          await response.body?.cancel()
          throw new UnreachableError(url, `answered with status ${response.status}`)
        }
        return Buffer.from(await response.arrayBuffer())
      } catch (error) {
        if (error instanceof UnreachableError) throw error
        throw new UnreachableError(url, describeFailure(url, error, timeoutMs))
      }
    },
    /** GETs a stream of bytes, which stays open for as long as the other node sends. Null when there is none. */
    stream: async ({
      url,
      headers,
    }: Required<Pick<JsonRequest, 'url' | 'headers'>>): Promise<ReadableStream<Uint8Array> | null> => {
      const response = await send(url, { headers }).catch(() => null)
      if (response?.ok) return response.body
      await response?.body?.cancel()
      return null
    },
    close: (): Promise<void> => dispatcher.destroy(),
  }
}

/** Another node's words are kept with the run, and shown to people: no more than this of them. */
const MOST_OF_A_MESSAGE = 1_000

/** The message of an error answer, or its status when the answer has another format. */
export function errorMessage(answer: JsonAnswer): string {
  const { error } = Object(answer.body) as { error?: { message?: unknown } }
  if (typeof error?.message !== 'string') return `it answered with status ${answer.status}`
  return cutText(error.message, MOST_OF_A_MESSAGE)
}

async function readBody(response: Response): Promise<unknown> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length > MAX_ANSWER_BYTES) throw new RangeError('sent an answer that is too large')
  }
  return JSON.parse(text)
}

function describeFailure(url: string, error: unknown, timeoutMs: number): string {
  if (error instanceof SyntaxError) return 'sent an answer that is not JSON'
  if (error instanceof RangeError) return error.message
  if (error instanceof Error && error.name === 'TimeoutError')
    return `did not answer within ${timeoutMs / 1000} seconds`
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code = Object(cause).code
  if (code === 'ECONNREFUSED') return 'refuses connections; is the service running there?'
  if (code === 'ENOTFOUND') return 'has an unknown host name'
  const scheme = otherScheme(url, code)
  if (scheme === 'http')
    return 'does not speak TLS; either both nodes have TLS_CERT, TLS_KEY and TLS_CA, or neither has'
  if (scheme === 'https')
    return 'ended the connection without an answer; if it speaks TLS, this node needs TLS_CERT, TLS_KEY and TLS_CA too'
  return `cannot be reached (${code ?? (cause instanceof Error ? cause.message : String(cause))})`
}
