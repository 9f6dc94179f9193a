// How the states of a run's stages and of slaves look: pure.

import type { SlaveRunState, UpstreamStage } from '../../shared/schemas/run.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'

/** A word with its icon, whose name is also that of its colour. */
export interface StateLook {
  word: string
  icon: string
}

const STAGES: Readonly<Record<UpstreamStage['state'] | SlaveRunState, StateLook>> = {
  pending: { word: 'waits', icon: 'never' },
  syncing: { word: 'running', icon: 'running' },
  prepared: { word: 'prepared', icon: 'ok' },
  succeeded: { word: 'ok', icon: 'ok' },
  unchanged: { word: 'unchanged', icon: 'unchanged' },
  failed: { word: 'failed', icon: 'failed' },
  blocked: { word: 'blocked', icon: 'blocked' },
  unreachable: { word: 'unreachable', icon: 'down' },
  stopped: { word: 'stopped', icon: 'disabled' },
  interrupted: { word: 'interrupted', icon: 'disabled' },
  skipped: { word: 'not asked', icon: 'disabled' },
}

/** How one stage of a run is. */
export function lookOfStage(state: UpstreamStage['state'] | SlaveRunState): StateLook {
  return STAGES[state]
}

/** How a slave is; it is `up` only when it has accepted our log-in. */
export function lookOfSlave({ state }: Pick<SlaveView, 'state'>, pulling: boolean): StateLook {
  if (state === 'down') return { word: 'down', icon: 'down' }
  if (state === 'refuses') return { word: 'refuses', icon: 'failed' }
  if (state === 'unknown') return { word: 'unknown', icon: 'never' }
  return pulling ? { word: 'pulling', icon: 'running' } : { word: 'up', icon: 'ok' }
}
