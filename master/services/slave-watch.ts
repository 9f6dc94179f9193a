// Looks at every slave now and then, tells when one comes or goes, and brings those that are behind up to date.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import type { Store } from '../store/store.ts'
import type { RunService } from '../sync/run-service.ts'
import type { SlaveService } from './slave-service.ts'

export interface SlaveWatchDeps {
  store: Store
  slaves: SlaveService
  runs: RunService
  pollMs: number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

const LONGEST_PAUSE_MS = 3_600_000

/** What was tried for a slave that is behind with a project. */
interface Attempts {
  generation: number
  count: number
  notBefore: number
}

export function createSlaveWatch({ store, slaves, runs, pollMs, onError }: SlaveWatchDeps) {
  const attempts = new Map<string, Attempts>()
  let timer: NodeJS.Timeout | null = null
  let round: Promise<void> = Promise.resolve()

  /** A slave that cannot follow is tried again ever more rarely, and at once when there is something new for it. */
  const isDue = (slave: StoredSlave, project: StoredProject): boolean => {
    const made = attempts.get(`${slave.id} ${project.key}`)
    return made === undefined || made.generation !== project.generation || performance.now() >= made.notBefore
  }
  const note = (slave: StoredSlave, project: StoredProject): void => {
    const made = attempts.get(`${slave.id} ${project.key}`)
    const count = made?.generation === project.generation ? made.count + 1 : 1
    const pause = Math.min(pollMs * 2 ** count, LONGEST_PAUSE_MS)
    attempts.set(`${slave.id} ${project.key}`, {
      generation: project.generation,
      count,
      notBefore: performance.now() + pause,
    })
  }

  const bringUpToDate = async (up: readonly StoredSlave[]): Promise<void> => {
    for (const project of await store.listProjects()) {
      if (project.generation === 0 || runs.isActive(project.key)) continue
      const behind = up.filter(
        (slave) => (project.anchors[slave.id] ?? 0) < project.generation && isDue(slave, project),
      )
      if (behind.length === 0) continue
      for (const slave of behind) note(slave, project)
      await runs.refresh(
        project.key,
        behind.map((slave) => slave.id),
      )
    }
  }

  const look = async (): Promise<void> => {
    try {
      const known = await store.listSlaves()
      const ups = await Promise.all(known.map((slave) => slaves.look(slave)))
      await bringUpToDate(known.filter((_, index) => ups[index]))
    } catch (error) {
      onError(error, { part: 'slave watch' })
    }
  }

  const schedule = (): void => {
    // Spread by a quarter in both directions: several masters, or several restarts, do not march in step.
    timer = setTimeout(
      () => {
        round = look().then(() => {
          if (timer !== null) schedule()
        })
      },
      pollMs * (0.75 + Math.random() / 2),
    )
  }

  return {
    start: (): void => {
      round = look().then(() => {
        if (timer === null) schedule()
      })
    },
    stop: async (): Promise<void> => {
      if (timer !== null) clearTimeout(timer)
      timer = null
      await round
      // A round that was under way may have set the next.
      if (timer !== null) clearTimeout(timer)
      timer = null
    },
  }
}
