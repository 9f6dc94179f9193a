// Sends signed POSTs to other services when a project fails, is blocked, is synced in part, recovers or goes stale.

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Dispatcher, request } from 'undici'
import type { EventBus } from '../../shared/flow/events.ts'
import {
  type AddressRule,
  createGuardedLookup,
  createPublicRule,
  isRefusedHost,
  RefusedAddress,
} from '../../shared/http/public-address.ts'
import { signBody } from '../../shared/http/signature.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import type { Store } from '../store/store.ts'

export interface WebhooksDeps {
  store: Store
  events: EventBus<MasterEvents>
  /** Addresses that get the webhooks of every project, besides each project's own. */
  urls: readonly string[]
  secret: string | undefined
  now: () => number
  /** Before the second attempt; it doubles after. */
  firstPauseMs: number
  onWarning: (message: string, details: Record<string, unknown>) => void
}

/** What is sent, as JSON. `run` is null for a stale project. Times are ISO 8601 in UTC. */
export interface WebhookBody {
  delivery: string
  event: 'failed' | 'blocked' | 'partial' | 'recovered' | 'stale'
  at: string
  project: string
  message: string
  last_success_at: string | null
  run: Run | null
}

const ATTEMPTS = 5
const TIMEOUT_MS = 10_000
const NOT_PUBLIC = 'its host is not a public address; only projects of root may tell others'

export function createWebhooks({ store, events, urls, secret, now, firstPauseMs, onWarning }: WebhooksDeps) {
  const stopping = new AbortController()
  const sending = new Set<Promise<void>>()
  /** Keys of the projects whose recovery is to be announced. */
  const failing = new Set<string>()

  const announce = async (
    key: string,
    event: WebhookBody['event'],
    message: string,
    run: Run | null,
  ): Promise<void> => {
    const project = await store.findProjectByKey(key)
    if (project === null) return
    const owner = await store.findUser(project.owner)
    const ownRule = owner?.role === 'root' ? () => true : createPublicRule()
    // What the operator has set may be anywhere, also when a project names it too.
    const targets = new Map([
      ...project.webhooks.map((url) => [url, ownRule] as const),
      ...urls.map((url) => [url, () => true] as const),
    ])
    if (targets.size === 0) return
    const body: WebhookBody = {
      delivery: randomUUID(),
      event,
      at: new Date(now()).toISOString(),
      project: project.id,
      message,
      last_success_at: project.last_success_at,
      run,
    }
    await Promise.all([...targets].map(([url, rule]) => deliver(url, rule, JSON.stringify(body))))
  }

  const deliver = async (url: string, rule: AddressRule, body: string): Promise<void> => {
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      const problem = await post(url, rule, signed(body, secret), stopping.signal)
      if (problem === null) return
      if (attempt === ATTEMPTS)
        return onWarning('a webhook was not accepted; it is not sent again', {
          host: hostOf(url),
          problem,
          attempts: attempt,
        })
      await sleep(firstPauseMs * 2 ** (attempt - 1), undefined, { signal: stopping.signal, ref: false }).catch(() => {})
    }
  }

  const track = (work: Promise<void>): void => {
    const tracked = work
      .catch((error) => onWarning('a webhook could not be prepared', { error: String(error) }))
      .finally(() => sending.delete(tracked))
    sending.add(tracked)
  }

  const onRun = ({ key, run }: MasterEvents['run.changed']): void => {
    if (run.dry_run || !hasEnded(run.state)) return
    if (run.state === 'failed' || run.state === 'blocked' || run.state === 'partial') {
      failing.add(key)
      track(announce(key, run.state, run.error?.message ?? run.state, run))
    } else if (run.state === 'succeeded' && failing.has(key)) track(recover(key, run))
  }

  /** A run that only brings slaves up to date makes up for a partial run, and for nothing else. */
  const recover = async (key: string, run: Run): Promise<void> => {
    const isSync = run.upstream.state !== 'skipped'
    if (!isSync && (await store.findProjectByKey(key))?.last_run?.run !== run.run) return
    if (failing.delete(key)) await announce(key, 'recovered', 'The project is synced again.', run)
  }

  const onStale = ({ key, last_success_at }: MasterEvents['project.stale']): void => {
    failing.add(key)
    const since = last_success_at === null ? 'It has never been synced.' : `The last success was at ${last_success_at}.`
    track(announce(key, 'stale', `No success within twice the schedule's period. ${since}`, null))
  }

  let unsubscribe: readonly (() => void)[] = []
  return {
    /** Starts to listen. Which projects were failing before a restart is read from their last runs. */
    start: async (): Promise<void> => {
      unsubscribe = [events.on('run.changed', onRun, 'own'), events.on('project.stale', onStale, 'own')]
      for (const project of await store.listProjects()) {
        if (['failed', 'blocked', 'partial', 'interrupted'].includes(project.last_run?.state ?? ''))
          failing.add(project.key)
      }
    },
    stop: async (): Promise<void> => {
      for (const undo of unsubscribe) undo()
      stopping.abort()
      await Promise.all(sending)
    },
  }
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
