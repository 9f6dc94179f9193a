// Signed POSTs to other services: each is tried a few times, and none leads anywhere else.

import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Dispatcher, request } from 'undici'
import {
  type AddressRule,
  createGuardedLookup,
  createPublicRule,
  isRefusedHost,
  RefusedAddress,
} from '../../shared/http/public-address.ts'
import { signBody } from '../../shared/http/signature.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { isOfRoot } from '../store/of-root.ts'
import type { Store } from '../store/store.ts'

export interface DeliveriesDeps {
  /** What is sent, for a warning: `webhook`. */
  what: string
  /** Before the second attempt; it doubles after. */
  firstPauseMs: number
  onWarning: (message: string, details: Record<string, unknown>) => void
}

export interface Delivery {
  /** The id of the project that it is about, for a warning. */
  project: string
  url: string
  /** Judges the address that is connected to. */
  rule: AddressRule
  /** Signs the body; undefined: it goes unsigned. */
  secret: string | undefined
  /** JSON. */
  body: string
}

const ATTEMPTS = 5
const TIMEOUT_MS = 10_000
const NOT_PUBLIC = 'its host is not a public address; only projects of root may tell others'

export type Deliveries = ReturnType<typeof createDeliveries>

export function createDeliveries({ what, firstPauseMs, onWarning }: DeliveriesDeps) {
  const stopping = new AbortController()
  const sending = new Set<Promise<void>>()
  return {
    /** Resolves when it was accepted or given up: false for the latter. What a stop cuts short is neither, and true. */
    send: async ({ project, url, rule, secret, body }: Delivery): Promise<boolean> => {
      for (let attempt = 1; !stopping.signal.aborted; attempt++) {
        const problem = await post(url, rule, signed(body, secret), stopping.signal)
        if (problem === null) return true
        if (attempt === ATTEMPTS) {
          const details = { project, host: hostOf(url), problem, attempts: attempt }
          onWarning(`a ${what} was not accepted; it is not sent again`, details)
          return false
        }
        const pauseMs = firstPauseMs * 2 ** (attempt - 1)
        await sleep(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
      }
      return true
    },
    /** Has `stop` wait for it; what it throws is warned of. */
    track: (work: Promise<void>): void => {
      const tracked = work
        .catch((error) => onWarning(`a ${what} could not be prepared`, { error: String(error) }))
        .finally(() => sending.delete(tracked))
      sending.add(tracked)
    },
    stop: async (): Promise<void> => {
      stopping.abort()
      await Promise.all(sending)
    },
  }
}

/** Where the requests of a project may go: those of other users than root reach public addresses only. */
export async function ruleOf(store: Pick<Store, 'findUser'>, project: StoredProject): Promise<AddressRule> {
  return (await isOfRoot(store, project)) ? () => true : createPublicRule()
}

/**
 * Null when it was accepted (any 2xx). A redirect is a problem: it could lead the signed body anywhere. `rule` judges the
 * address that is connected to.
 */
async function post(
  url: string,
  rule: AddressRule,
  message: Pick<Dispatcher.RequestOptions, 'headers' | 'body'>,
  stopped: AbortSignal,
): Promise<string | null> {
  const dispatcher = new Agent({ connect: { lookup: createGuardedLookup(rule) } })
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)])
  try {
    if (isRefusedHost(new URL(url), rule)) return NOT_PUBLIC
    const { statusCode, body } = await request(url, { ...message, method: 'POST', dispatcher, signal })
    body.on('error', () => {}).destroy()
    return statusCode >= 200 && statusCode < 300 ? null : `it answered with status ${statusCode}`
  } catch (error) {
    if (error instanceof RefusedAddress) return NOT_PUBLIC
    const { code, message: text } = Object(error) as { code?: string; message?: string }
    return code ?? text ?? String(error)
  } finally {
    await dispatcher.destroy()
  }
}

function signed(body: string, secret: string | undefined) {
  return {
    headers: { 'content-type': 'application/json', 'user-agent': 'mirrorfleet', ...signature(body, secret) },
    body,
  }
}

function signature(body: string, secret: string | undefined): Record<string, string> {
  if (secret === undefined) return {}
  return { 'x-mirrorfleet-signature': `sha256=${signBody(body, secret)}` }
}

/** The rest of the address may hold a secret. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'no address'
}
