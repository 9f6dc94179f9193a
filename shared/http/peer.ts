// How one node speaks to another: JSON over HTTP(S), a Bearer token, the fleet's own CA, bounded in time and never redirected.

import { readFileSync } from 'node:fs'
import type { ReadableStream } from 'node:stream/web'
import { Agent, fetch, type RequestInit, type Response } from 'undici'
import { isLoopback, type Settings } from '../../settings.ts'

/** A request to another node. `timeoutMs` bounds all of it, the answer's body too. */
export interface JsonRequest {
  url: string
  body?: unknown
  timeoutMs: number
  signal?: AbortSignal
}

/** The other node's answer; `body` is what its JSON says, of no known shape. */
export interface JsonAnswer {
  status: number
  body: unknown
}

/** Thrown when there is no answer that can be read; the message is fit to be shown. */
export class UnreachableError extends Error {
  constructor(url: string, reason: string) {
    super(`${new URL(url).host} ${reason}`)
    this.name = 'UnreachableError'
  }
}

export type Peer = ReturnType<typeof createPeer>

const MAX_ANSWER_BYTES = 8 * 1024 * 1024

/** Makes the client of a node. `TLS_CA` is the only authority that it believes where it is set. */
export function createPeer(settings: Pick<Settings, 'ALLOW_PLAINTEXT' | 'TLS_CA'>, token: string) {
  const dispatcher = new Agent({
    connect: settings.TLS_CA === undefined ? {} : { ca: readFileSync(settings.TLS_CA) },
  })

  const send = (url: string, init: RequestInit): Promise<Response> => {
    const { protocol, hostname } = new URL(url)
    if (protocol === 'http:' && !isLoopback(hostname) && !settings.ALLOW_PLAINTEXT) {
      throw new UnreachableError(
        url,
        'is beyond this machine, and plain HTTP would show the token: set TLS_*, or ALLOW_PLAINTEXT=true',
      )
    }
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) }
    return fetch(url, { ...init, headers, redirect: 'error', dispatcher })
  }

  return {
    /**
     * POSTs `body` as JSON, or GETs when there is none.
     *
     * @throws {UnreachableError} for every way in which no JSON comes back.
     */
    json: async (request: JsonRequest): Promise<JsonAnswer> => {
      const timeout = AbortSignal.timeout(request.timeoutMs)
      const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout
      const post = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request.body),
      }
      try {
        const response = await send(request.url, { ...(request.body === undefined ? {} : post), signal })
        return { status: response.status, body: await readBody(response) }
      } catch (error) {
        if (error instanceof UnreachableError) throw error
        throw new UnreachableError(request.url, describeFailure(error, request.timeoutMs))
      }
    },
    /**
     * GETs a body of bytes.
     *
     * @throws {UnreachableError} for every way in which it does not come whole.
     */
    bytes: async (url: string, timeoutMs: number): Promise<Buffer> => {
      try {
        const response = await send(url, { signal: AbortSignal.timeout(timeoutMs) })
        if (!response.ok) {
          await response.body?.cancel()
          throw new UnreachableError(url, `answered with status ${response.status}`)
        }
        return Buffer.from(await response.arrayBuffer())
      } catch (error) {
        if (error instanceof UnreachableError) throw error
        throw new UnreachableError(url, describeFailure(error, timeoutMs))
      }
    },
    /** GETs a stream of bytes that goes on for as long as the other side sends; null when there is none. */
    stream: async (url: string): Promise<ReadableStream<Uint8Array> | null> => {
      const response = await send(url, {}).catch(() => null)
      if (response?.ok) return response.body
      await response?.body?.cancel()
      return null
    },
    close: (): Promise<void> => dispatcher.destroy(),
  }
}

/** The message of an error answer of ours, or its status when it is of another shape. */
export function errorMessage(answer: JsonAnswer): string {
  const { error } = Object(answer.body) as { error?: { message?: unknown } }
  return typeof error?.message === 'string' ? error.message : `it answered with status ${answer.status}`
}

async function readBody(response: Response): Promise<unknown> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length > MAX_ANSWER_BYTES) throw new RangeError('answered too much')
  }
  return JSON.parse(text)
}

function describeFailure(error: unknown, timeoutMs: number): string {
  if (error instanceof SyntaxError) return 'answered with something that is no JSON'
  if (error instanceof RangeError) return error.message
  if (error instanceof Error && error.name === 'TimeoutError')
    return `did not answer within ${timeoutMs / 1000} seconds`
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code = Object(cause).code
  if (code === 'ECONNREFUSED') return 'refuses connections; is the service running there?'
  if (code === 'ENOTFOUND') return 'has a host name that is not known'
  return `cannot be reached (${code ?? (cause instanceof Error ? cause.message : String(cause))})`
}
