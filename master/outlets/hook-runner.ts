// Has a project's commands run when one of its runs has ended: after each, when it changed what is served, when it failed.

import type { EventBus } from '../../shared/flow/events.ts'
import { LimitedQueue } from '../../shared/flow/limited-queue.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { HookTime } from '../../shared/schemas/hooks.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { type HookDeps, runHook } from '../hooks/run-hook.ts'
import type { Store } from '../store/store.ts'
import { createPublishedWatch } from './published-watch.ts'

export interface HookRunnerDeps extends HookDeps {
  store: Store
  events: EventBus<MasterEvents>
  onWarning: (message: string, details: Record<string, unknown>) => void
  onError: (error: unknown, details: Record<string, unknown>) => void
}

const FAILURES: readonly string[] = ['failed', 'blocked', 'interrupted']
/** Of all projects; those of one project run one after the other. */
const AT_ONCE = 4

export function createHookRunner({ store, events, onWarning, onError, ...deps }: HookRunnerDeps) {
  const published = createPublishedWatch(store)
  const queue = new LimitedQueue({ limit: AT_ONCE, perKey: 1 })
  const stopping = new AbortController()
  const { signal } = stopping
  const running = new Set<Promise<void>>()

  const call = async (key: string, run: Run, times: readonly HookTime[]): Promise<void> => {
    const hooks = (await store.findProjectByKey(key))?.hooks ?? {}
    for (const time of times) {
      const command = hooks[time]
      if (command === undefined || signal.aborted) continue
      const said: string[] = []
      const problem = await runHook(deps, { time, command, run, signal, writeLine: (line) => void said.push(line) })
      const details = { project: run.id, run: run.run, hook: time, command, said: said.slice(-LINES) }
      if (problem !== null && !signal.aborted) onWarning(`a hook failed: ${problem}`, details)
    }
  }

  const onEnd = async (key: string, run: Run): Promise<void> => {
    const hasNews = (await published.newsOf(key, run)) !== null
    const times: HookTime[] = [
      ...(hasNews ? (['published'] as const) : []),
      ...(FAILURES.includes(run.state) ? (['failed'] as const) : []),
      'after',
    ]
    await queue.run({ id: run.run, key, priority: 0, signal }, () => call(key, run, times))
  }

  let unsubscribe: readonly (() => void)[] = []
  return {
    start: async (): Promise<void> => {
      unsubscribe = [
        events.on(
          'run.changed',
          ({ key, run }) => {
            if (!hasEnded(run.state) || run.dry_run) return
            const done = onEnd(key, run)
              .catch((error) => {
                if (!signal.aborted) onError(error, { part: 'hooks', run: run.run })
              })
              .finally(() => running.delete(done))
            running.add(done)
          },
          'own',
        ),
        events.on('project.removed', ({ key }) => published.forget(key)),
      ]
      await published.start()
    },
    /** Commands that run are ended: a master that stops does not wait for them. */
    stop: async (): Promise<void> => {
      for (const undo of unsubscribe) undo()
      stopping.abort()
      await Promise.all(running)
    },
  }
}

/** Of what a command wrote, so many lines go into the log with a warning. */
const LINES = 20
