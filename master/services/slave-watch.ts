// Looks at every slave now and then, tells when one comes or goes, and brings those that are behind up to date.

import { type Repetition, repeat } from '../../shared/flow/repeat.ts'
import type { TreeState } from '../../shared/schemas/messages.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import { lagOf, targetOf } from '../records/generations.ts'
import type { Runs } from '../runs/runs.ts'
import type { Store } from '../store/store.ts'
import type { SlaveService } from './slave-service.ts'

export interface SlaveWatchDeps {
  store: Store
  slaves: SlaveService
  runs: Pick<Runs, 'isActive' | 'refresh'>
  /** Whether this master looks after a project; another one brings the slaves of the others up to date. */
  isLead: (project: StoredProject) => boolean
  pollMs: number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

const LONGEST_PAUSE_MS = 3_600_000

/** What was tried for a slave that is behind with a project. */
interface Attempts {
  tag: string
  count: number
  notBefore: number
}

export function createSlaveWatch({ store, slaves, runs, isLead, pollMs, onError }: SlaveWatchDeps) {
  const attempts = new Map<string, Attempts>()
  /** By the slave's id: what it said of its trees in short when its anchors were last looked at. */
  const believed = new Map<string, string>()
  let looks: Repetition | null = null

  /** A slave that cannot follow is tried again ever more rarely, and at once when there is something new for it. */
  const isDue = (slave: StoredSlave, project: StoredProject): boolean => {
    const made = attempts.get(`${slave.id} ${project.key}`)
    return made === undefined || made.tag !== targetOf(project)?.tag || performance.now() >= made.notBefore
  }
  const note = (slave: StoredSlave, project: StoredProject): void => {
    const made = attempts.get(`${slave.id} ${project.key}`)
    const tag = targetOf(project)?.tag ?? ''
    const count = made?.tag === tag ? made.count + 1 : 1
    const pause = Math.min(pollMs * 2 ** count, LONGEST_PAUSE_MS)
    attempts.set(`${slave.id} ${project.key}`, {
      tag,
      count,
      notBefore: performance.now() + pause,
    })
  }

  const bringUpToDate = async (up: readonly StoredSlave[]): Promise<void> => {
    for (const project of await store.listProjects()) {
      if (!isLead(project) || targetOf(project) === null || runs.isActive(project.key)) continue
      const behind = up.filter((slave) => lagOf(project, slave.id) > 0 && isDue(slave, project))
      if (behind.length === 0) continue
      for (const slave of behind) note(slave, project)
      await runs.refresh(
        project.key,
        behind.map((slave) => slave.id),
      )
    }
  }

  /**
   * A slave that says that its trees are others than before is asked which: one may have been lost, or restored. What it
   * serves itself is the truth, but for projects that are just being synced.
   */
  const believe = async (slave: StoredSlave): Promise<void> => {
    const trees = slaves.treesOf(slave.id)
    if (trees === null || trees === believed.get(slave.id)) return
    const anchors = await slaves.anchorsOf(slave)
    if (anchors === null) return
    let isCertain = true
    for (const project of await store.listProjects()) {
      const { key } = project
      if (!isLead(project)) continue
      if (runs.isActive(key)) isCertain = false
      else await believeOne(slave, key, anchors[key])
    }
    if (isCertain) believed.set(slave.id, trees)
  }
  const believeOne = async (slave: StoredSlave, key: string, says: TreeState | undefined): Promise<void> => {
    const known = (await store.findProjectByKey(key))?.anchors[slave.id]
    const { generation = null, tag = null, drift = null } = says ?? {}
    if ((known?.tag ?? null) === tag) return
    await store.updateProject(key, (project) => {
      const { [slave.id]: _before, ...others } = project.anchors
      const own = generation === null || tag === null ? {} : { [slave.id]: { generation, tag, drift } }
      return { ...project, anchors: { ...others, ...own } }
    })
  }

  const look = async (): Promise<void> => {
    const known = await store.listSlaves()
    const ups = await Promise.all(known.map((slave) => slaves.look(slave)))
    const up = known.filter((_, index) => ups[index])
    await Promise.all(up.map(believe))
    await bringUpToDate(up)
  }

  return {
    start: (): void => {
      looks = repeat({
        work: look,
        // Spread by a quarter in both directions: several masters, or several restarts, do not march in step.
        every: () => pollMs * (0.75 + Math.random() / 2),
        onError: (error) => onError(error, { part: 'slave watch' }),
      })
    },
    stop: async (): Promise<void> => {
      await looks?.stop()
    },
  }
}
