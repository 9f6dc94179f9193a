// How far each slave is with one project: pure.

import type { Run } from '../../shared/schemas/run.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'

/** `current`, `behind`, `down` (or it refuses), `pulling`, `never`: it holds no tree yet. */
export type DotState = 'current' | 'behind' | 'down' | 'pulling' | 'never'

export interface Dot {
  id: string
  state: DotState
  /** How many generations it is behind. */
  lag: number
}

/** One dot for each slave, in the order of the slaves page. */
export function dotsOf(slaves: readonly SlaveView[], project: string, run: Run | undefined): Dot[] {
  return slaves.map((slave) => {
    const { anchor = null, lag = 0 } = slave.projects[project] ?? {}
    const pulling = run?.slaves.some(({ slave_id, state }) => slave_id === slave.id && state === 'syncing') === true
    const state: DotState = pulling
      ? 'pulling'
      : slave.state === 'down' || slave.state === 'refuses'
        ? 'down'
        : anchor === null
          ? 'never'
          : lag > 0
            ? 'behind'
            : 'current'
    return { id: slave.id, state, lag }
  })
}

/** A slave that is down may still serve the newest tree. */
export function countCurrent(slaves: readonly SlaveView[], project: string): number {
  return slaves.filter(({ projects }) => projects[project]?.anchor != null && projects[project].lag === 0).length
}

/** `8 of 9 slaves current; ftp-den down, 1 behind`. */
export function describeDots(slaves: readonly SlaveView[], project: string, dots: readonly Dot[]): string {
  const others = dots.filter(({ state }) => state !== 'current')
  const says = others.map(({ id, state, lag }) => `${id} ${SAYS[state]}${lag > 0 ? `, ${lag} behind` : ''}`)
  return [`${countCurrent(slaves, project)} of ${slaves.length} slaves current`, ...says].join('; ')
}

const SAYS: Readonly<Record<DotState, string>> = {
  current: 'current',
  behind: 'reachable',
  down: 'down',
  pulling: 'pulling',
  never: 'has no tree yet',
}
