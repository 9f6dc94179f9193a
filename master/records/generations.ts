// Decides whether a generation may be published, and what the fleet should serve: pure.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { SlaveStage } from '../../shared/schemas/run.ts'
import { showState } from '../../shared/words.ts'

/** `message` is the reason for not publishing; null when the generation may be published. */
export interface PublishVerdict {
  publishes: boolean
  message: string | null
}

/** `quorum` is the share of all slaves that must be prepared, from 0 to 1; null requires every reachable slave. */
export function judgeQuorum(slaves: readonly SlaveStage[], quorum: number | null): PublishVerdict {
  const prepared = slaves.filter((slave) => slave.state === 'prepared').length
  const reachable = slaves.filter((slave) => slave.state !== 'unreachable').length
  const needed = quorum === null ? reachable : Math.ceil(quorum * slaves.length)
  if (prepared >= needed) return { publishes: true, message: null }
  const asked = quorum === null ? 'every reachable slave' : `publish_quorum ${quorum}`
  return {
    publishes: false,
    message: `${prepared} of ${slaves.length} slaves are prepared, ${needed} are needed (${asked}); no node was flipped. ${whyMissing(slaves)}`,
  }
}

/** So many slaves are named with their reasons; a run has them all. */
const NAMED = 3

function whyMissing(slaves: readonly SlaveStage[]): string {
  const missing = slaves.filter(({ state }) => state !== 'prepared')
  const said = missing
    .slice(0, NAMED)
    .map(({ slave_id, state, error }) => `${slave_id}: ${error ?? showState(state)}`)
    .join('; ')
  return missing.length > NAMED ? `${said}; and ${missing.length - NAMED} more` : said
}

/** The generation that every slave should serve; null when there is none yet. */
export function targetOf(project: StoredProject): { generation: number; tag: string } | null {
  if (project.publish === 'atomic') return project.published
  return project.generation === 0 || project.tag === null ? null : { generation: project.generation, tag: project.tag }
}

/** By how many generations a slave differs from what the fleet serves. */
export function lagOf(project: StoredProject, slaveId: string): number {
  const target = targetOf(project)
  if (target === null) return 0
  const anchor = project.anchors[slaveId]
  if (anchor?.tag === target.tag) return 0
  return Math.max(1, Math.abs(target.generation - (anchor?.generation ?? 0)))
}
