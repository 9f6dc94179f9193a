// Sends signed POSTs to other services when a project fails, is blocked, is synced in part, recovers, goes stale or expires.

import { randomUUID } from 'node:crypto'
import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import type { Store } from '../store/store.ts'
import { createDeliveries, ruleOf } from './deliveries.ts'

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
  event: 'failed' | 'blocked' | 'partial' | 'recovered' | 'stale' | 'expiring'
  at: string
  project: string
  message: string
  last_success_at: string | null
  run: Run | null
}

export function createWebhooks({ store, events, urls, secret, now, firstPauseMs, onWarning }: WebhooksDeps) {
  const deliveries = createDeliveries({ what: 'webhook', firstPauseMs, onWarning })
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
    const ownRule = await ruleOf(store, project)
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
    const text = JSON.stringify(body)
    await Promise.all(
      [...targets].map(([url, rule]) => deliveries.send({ project: project.id, url, rule, secret, body: text })),
    )
  }

  const onRun = ({ key, run }: MasterEvents['run.changed']): void => {
    if (run.dry_run || !hasEnded(run.state)) return
    if (run.state === 'failed' || run.state === 'blocked' || run.state === 'partial') {
      failing.add(key)
      deliveries.track(announce(key, run.state, run.error?.message ?? run.state, run))
    } else if (run.state === 'succeeded' && failing.has(key)) deliveries.track(recover(key, run))
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
    deliveries.track(announce(key, 'stale', `No success within twice the schedule's period. ${since}`, null))
  }

  /** The next success does not make up for it, unless its Release is a new one. */
  const onExpiring = ({ key, valid_until }: MasterEvents['project.expiring']): void =>
    deliveries.track(announce(key, 'expiring', `Its Release is valid until ${valid_until}.`, null))

  let unsubscribe: readonly (() => void)[] = []
  return {
    /** Starts to listen. Which projects were failing before a restart is read from their last runs. */
    start: async (): Promise<void> => {
      unsubscribe = [
        events.on('run.changed', onRun, 'own'),
        events.on('project.stale', onStale, 'own'),
        events.on('project.expiring', onExpiring, 'own'),
      ]
      for (const project of await store.listProjects()) {
        if (['failed', 'blocked', 'partial', 'interrupted'].includes(project.last_run?.state ?? ''))
          failing.add(project.key)
      }
    },
    stop: async (): Promise<void> => {
      for (const undo of unsubscribe) undo()
      await deliveries.stop()
    },
  }
}
