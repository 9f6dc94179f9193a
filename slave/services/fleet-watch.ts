// Has a slave learn the masters of its fleet before one of them dies: soon after its start, and now and then.

import { type Repetition, repeat } from '../../shared/flow/repeat.ts'
import type { KnownNodes } from './fleet-nodes.ts'

export interface FleetWatchDeps {
  nodes: Pick<KnownNodes, 'learn'>
  /** The slave's id as its settings have it. Without one it learns with its first order, which names it. */
  slaveId: string | undefined
  onError: (error: unknown, details: Record<string, unknown>) => void
}

/** Until a master has told them: at first the slave may not be in the list yet, or the master not up. */
const UNKNOWN_MS = 30_000
const KNOWN_MS = 3_600_000

export function createFleetWatch({ nodes, slaveId, onError }: FleetWatchDeps) {
  let rounds: Repetition | null = null
  return {
    start: (): void => {
      if (slaveId === undefined) return
      let isKnown = false
      rounds = repeat({
        work: async () => {
          isKnown = await nodes.learn(slaveId)
        },
        every: () => (isKnown ? KNOWN_MS : UNKNOWN_MS),
        ref: false,
        onError: (error) => onError(error, { part: 'list of masters' }),
      })
    },
    stop: async (): Promise<void> => {
      await rounds?.stop()
    },
  }
}
