// Knows which runs have changed what is served: an atomic project's decision to publish, or what a run in place brought.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { Store } from '../store/store.ts'

/** Answers once for each run that has ended. */
export function createPublishedWatch(store: Pick<Store, 'findProjectByKey' | 'listProjects'>) {
  /** By key: the decision on what the fleet serves that was seen last. */
  const seen = new Map<string, number>()
  return {
    /** What is served by now was told before, or is told with the next publish. */
    start: async (): Promise<void> => {
      for (const project of await store.listProjects()) seen.set(project.key, sequenceOf(project))
    },
    /** The project whose tree the run has changed where it is served; null when it has not, or is gone. */
    newsOf: async (key: string, run: Run): Promise<StoredProject | null> => {
      const project = await store.findProjectByKey(key)
      if (project === null) return null
      const before = seen.get(key) ?? 0
      seen.set(key, sequenceOf(project))
      return hasNews(project, run, before) ? project : null
    },
    forget: (key: string): void => void seen.delete(key),
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
