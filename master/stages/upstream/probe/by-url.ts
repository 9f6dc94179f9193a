// A probe that asks an HTTP server whether something has changed, by its ETag, its Last-Modified, or its bytes.

import { createHash } from 'node:crypto'
import { Agent, type Dispatcher, request } from 'undici'
import {
  type AddressRule,
  createGuardedLookup,
  isRefusedHost,
  RefusedAddress,
} from '../../../../shared/http/public-address.ts'
import type { ProbeValue } from '../../../../shared/schemas/probe.ts'
import { ProbeFailed, type ProbeLimits, type Reading, type ReadProbe } from './reading.ts'

export interface UrlProbe {
  url: string
  limits: ProbeLimits
  /** Which addresses may be connected to. */
  rule: AddressRule
  /** Which address of this machine to connect from; any unless given. */
  address?: string | null
  signal: AbortSignal
}

type Answer = Dispatcher.ResponseData

const REDIRECTS = [301, 302, 303, 307, 308]
/** A file may change twice within a second; its Last-Modified tells only once it is older (RFC 9110, 8.8.2.2). */
const SETTLED_MS = 2_000

/** The value has `etag` and `last_modified` as the server gave them, or `sha256` when it gave neither. */
export function createUrlProbe(probe: UrlProbe): ReadProbe {
  return async (known) => {
    const deadline = AbortSignal.timeout(probe.limits.timeoutMs)
    const { rule, address = null } = probe
    const from = address === null ? {} : { localAddress: address }
    const agent = new Agent({ connect: { lookup: createGuardedLookup(rule), ...from }, maxHeaderSize: 16_384 })
    try {
      const signal = AbortSignal.any([probe.signal, deadline])
      return await judge(probe, await follow(probe, agent, signal, conditionsOf(known)), known)
    } catch (error) {
      if (error instanceof ProbeFailed) throw error
      throw new ProbeFailed(describeFailure(probe, error, deadline.aborted))
    } finally {
      await agent.destroy()
    }
  }
}

function conditionsOf(known: ProbeValue | null): Record<string, string> {
  return {
    ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
    ...(known?.last_modified === undefined ? {} : { 'if-modified-since': known.last_modified }),
  }
}

/** The first answer that is no redirect. Every address on the way is judged. */
async function follow(
  { url, limits, rule }: UrlProbe,
  dispatcher: Agent,
  signal: AbortSignal,
  conditions: Record<string, string>,
): Promise<Answer> {
  const headers = { 'user-agent': 'mirrorfleet', accept: '*/*', 'cache-control': 'no-cache', ...conditions }
  let at = new URL(url)
  for (let redirects = 0; redirects <= limits.maxRedirects; redirects++) {
    if (isRefusedHost(at, rule)) throw new ProbeFailed(notPublic(at.hostname))
    const answer = await request(at, { dispatcher, signal, headers })
    if (!REDIRECTS.includes(answer.statusCode)) return answer
    drop(answer)
    at = nextAddress(at, textOf(answer, 'location'))
  }
  throw new ProbeFailed(`it redirects more than ${limits.maxRedirects} times`)
}

function nextAddress(at: URL, location: string | null): URL {
  const next = location !== null && URL.canParse(location, at.href) ? new URL(location, at.href) : null
  if (next === null || !/^https?:$/.test(next.protocol))
    throw new ProbeFailed('it redirects to what is no http(s) address')
  if (at.protocol === 'https:' && next.protocol === 'http:') throw new ProbeFailed('it redirects from https to http')
  // A log-in in the address would be sent along, and shown.
  if (next.username !== '' || next.password !== '') throw new ProbeFailed('it redirects to an address with a log-in')
  return next
}

async function judge({ limits }: UrlProbe, answer: Answer, known: ProbeValue | null): Promise<Reading> {
  if (answer.statusCode === 304 && known !== null) {
    drop(answer)
    return { value: known, isSame: true }
  }
  if (answer.statusCode !== 200) {
    drop(answer)
    throw new ProbeFailed(`it answered with status ${answer.statusCode}`)
  }
  const [etag, lastModified] = [textOf(answer, 'etag'), textOf(answer, 'last-modified')]
  if (etag === null && lastModified === null) {
    const value = { sha256: await digest(answer, limits.maxBytes) }
    return { value, isSame: value.sha256 === known?.sha256 }
  }
  drop(answer)
  if (etag !== null) {
    const value = { etag, ...(lastModified === null ? {} : { last_modified: lastModified }) }
    return { value, isSame: etag === known?.etag }
  }
  const isSame = known?.etag === undefined && lastModified === known?.last_modified
  const isSettled = isSame || timeOf(textOf(answer, 'date')) - timeOf(lastModified) >= SETTLED_MS
  return { value: isSettled && lastModified !== null ? { last_modified: lastModified } : null, isSame }
}

/** NaN when there is no time, which is no settled one either. */
function timeOf(text: string | null): number {
  return Date.parse(text ?? '')
}

async function digest({ body }: Answer, maxBytes: number): Promise<string> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length
    if (bytes > maxBytes)
      throw new ProbeFailed(`it has neither ETag nor Last-Modified, and more than ${maxBytes} bytes to compare`)
    hash.update(chunk as Buffer)
  }
  return hash.digest('hex')
}

function textOf({ headers }: Answer, name: string): string | null {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** Reads no more of an answer. */
function drop({ body }: Answer): void {
  body.on('error', () => {}).destroy()
}

function describeFailure({ limits, signal }: UrlProbe, error: unknown, isLate: boolean): string {
  if (signal.aborted) return 'stopped'
  if (isLate) return `it did not answer within ${limits.timeoutMs / 1000} seconds`
  if (error instanceof RefusedAddress) return notPublic(error.message)
  const code = String(Object(error).code ?? '')
  if (code === 'ENOTFOUND') return 'its host name is unknown'
  if (code === 'ECONNREFUSED') return 'its server refuses connections'
  return `it cannot be reached (${code || (error instanceof Error ? error.message : String(error))})`
}

function notPublic(host: string): string {
  return `${host} is not a public address; only projects of root may probe others`
}
