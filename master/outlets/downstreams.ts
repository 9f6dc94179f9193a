// Tells mirrors that pull from this one that a project has something new, by signed POSTs.

import { randomUUID } from 'node:crypto'
import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import type { SecretBox } from '../store/secret-box.ts'
import type { Store } from '../store/store.ts'
import { createDeliveries, ruleOf } from './deliveries.ts'

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
  /** By key: the decision on what the fleet serves that was told last. */
  const told = new Map<string, number>()

  const tell = async (key: string, run: Run): Promise<void> => {
    const project = await store.findProjectByKey(key)
    if (project === null) return
    const before = told.get(key) ?? 0
    const sequence = sequenceOf(project)
    told.set(key, sequence)
    const { downstreams = [] } = project
    if (downstreams.length === 0 || !hasNews(project, run, before)) return
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
    /** Starts to listen. What is served by now was told before, or is told with the next publish. */
    start: async (): Promise<void> => {
      unsubscribe = [
        events.on(
          'run.changed',
          ({ key, run }) => {
            if (hasEnded(run.state) && !run.dry_run) deliveries.track(tell(key, run))
          },
          'own',
        ),
        events.on('project.removed', ({ key }) => void told.delete(key)),
      ]
      for (const project of await store.listProjects()) told.set(project.key, sequenceOf(project))
    },
    stop: async (): Promise<void> => {
      for (const undo of unsubscribe) undo()
      await deliveries.stop()
    },
  }
}

function sequenceOf({ published }: Pick<StoredProject, 'published'>): number {
  return published?.sequence ?? 0
}

/**
 * An atomic project has news with each decision on what is served; one in place when its run brought something, also when
 * that run was stopped while it told the slaves: the next one finds nothing new.
 */
export function hasNews(project: Pick<StoredProject, 'publish' | 'published'>, run: Run, before: number): boolean {
  if (project.publish === 'atomic') return sequenceOf(project) > before
  if (run.upstream.state !== 'succeeded') return false
  const { added = 0, modified = 0, deleted = 0 } = run.upstream.summary ?? {}
  return added + modified + deleted > 0
}
