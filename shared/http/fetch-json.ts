// Asks another node for JSON, within a bound of time, and never follows it elsewhere.

/** A request to another node. `timeoutMs` bounds all of it, the answer's body too. */
export interface JsonRequest {
  url: string
  token: string
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

const MAX_ANSWER_BYTES = 8 * 1024 * 1024

/**
 * POSTs `body` as JSON, or GETs when there is none.
 *
 * @throws {UnreachableError} for every way in which no JSON comes back.
 */
export async function fetchJson(request: JsonRequest): Promise<JsonAnswer> {
  const timeout = AbortSignal.timeout(request.timeoutMs)
  try {
    const response = await fetch(request.url, {
      method: request.body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${request.token}`,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      redirect: 'error',
      signal: request.signal ? AbortSignal.any([timeout, request.signal]) : timeout,
    })
    return { status: response.status, body: await readBody(response) }
  } catch (error) {
    throw new UnreachableError(request.url, describeFailure(error, request.timeoutMs))
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
    text += decoder.decode(chunk, { stream: true })
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
