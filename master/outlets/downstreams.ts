// Tells mirrors that pull from this one that a project has something new, by signed POSTs.

import { randomUUID } from 'node:crypto'
import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import type { SecretBox } from '../store/secret-box.ts'
import type { Store } from '../store/store.ts'
import { createDeliveries, ruleOf } from './deliveries.ts'
import { createPublishedWatch } from './published-watch.ts'

export interface DownstreamsDeps {
  store: Store
  events: EventBus<MasterEvents>
  box: Pick<SecretBox, 'open'>
  now: () => number
  /** Before the second attempt; it doubles after. */
  firstPauseMs: number
  onWarning: (message: string, details: Record<string, unknown>) => void
  /** A downstream of the project with this id was not told, after all attempts. */
  onUntold: (project: string) => void
}

/** What is sent, as JSON. `at` is ISO 8601 in UTC. */
export interface DownstreamBody {
  delivery: string
  event: 'published'
  at: string
  project: string
  /** The generation that is served now. */
  generation: number
  run: string
}

export function createDownstreams({ store, events, box, now, firstPauseMs, onWarning, onUntold }: DownstreamsDeps) {
  const deliveries = createDeliveries({ what: 'message to a downstream', firstPauseMs, onWarning })
  const published = createPublishedWatch(store)

  const tell = async (key: string, run: Run): Promise<void> => {
    const project = await published.newsOf(key, run)
    const { downstreams = [] } = project ?? {}
    if (project === null || downstreams.length === 0) return
    const rule = await ruleOf(store, project)
    const content: DownstreamBody = {
      delivery: randomUUID(),
      event: 'published',
      at: new Date(now()).toISOString(),
      project: project.id,
      generation: project.published?.generation ?? project.generation,
      run: run.run,
    }
    const body = JSON.stringify(content)
    const send = async ({ url, secret }: (typeof downstreams)[number]): Promise<void> => {
      const opened = secret === null ? undefined : box.open(secret)
      if (!(await deliveries.send({ project: project.id, url, rule, secret: opened, body }))) onUntold(project.id)
    }
    await Promise.all(downstreams.map(send))
  }

  let unsubscribe: readonly (() => void)[] = []
  return {
    /** Starts to listen. */
    start: async (): Promise<void> => {
      unsubscribe = [
        events.on(
          'run.changed',
          ({ key, run }) => {
            if (hasEnded(run.state) && !run.dry_run) deliveries.track(tell(key, run))
          },
          'own',
        ),
        events.on('project.removed', ({ key }) => published.forget(key)),
      ]
      await published.start()
    },
    stop: async (): Promise<void> => {
      for (const undo of unsubscribe) undo()
      await deliveries.stop()
    },
  }
}
