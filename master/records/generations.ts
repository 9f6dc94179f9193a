// Decides whether a generation may be published, and what the fleet is to serve: pure.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { SlaveStage } from '../../shared/schemas/run.ts'

/** `message` says why not; null when it may. */
export interface PublishVerdict {
  publishes: boolean
  message: string | null
}

/**
 * `quorum` is the share of all slaves that must be prepared; null asks for every one that can be reached.
 */
export function judgeQuorum(slaves: readonly SlaveStage[], quorum: number | null): PublishVerdict {
  const prepared = slaves.filter((slave) => slave.state === 'prepared').length
  const reachable = slaves.filter((slave) => slave.state !== 'unreachable').length
  const needed = quorum === null ? reachable : Math.ceil(quorum * slaves.length)
  if (prepared >= needed) return { publishes: true, message: null }
  const asked = quorum === null ? 'every slave that can be reached' : `publish_quorum ${quorum}`
  return {
    publishes: false,
    message: `${prepared} of ${slaves.length} slaves are prepared, ${needed} are needed (${asked}); no node was flipped`,
  }
}

/** What every slave is to serve, as far as it is decided; null while there is nothing. */
export function targetOf(project: StoredProject): { generation: number; tag: string } | null {
  if (project.publish === 'atomic') return project.published
  return project.generation === 0 || project.tag === null ? null : { generation: project.generation, tag: project.tag }
}

/** How many generations lie between what a slave serves and what the fleet does. */
export function lagOf(project: StoredProject, slaveId: string): number {
  const target = targetOf(project)
  if (target === null) return 0
  const anchor = project.anchors[slaveId]
  if (anchor?.tag === target.tag) return 0
  return Math.max(1, Math.abs(target.generation - (anchor?.generation ?? 0)))
}
