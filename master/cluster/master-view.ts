// Masters as answers show them: pure.

import { Value } from 'typebox/value'
import { MasterReport, type MasterView } from '../../shared/schemas/master.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { leaderOf, type MasterRow } from './masters.ts'

/** By name. */
export function viewMasters(
  masters: readonly MasterRow[],
  projects: readonly Pick<StoredProject, 'lead'>[],
): MasterView[] {
  const leader = leaderOf(masters)
  return masters
    .map(({ node, url, state, seen_at, report }) => {
      const said = Value.Check(MasterReport, report) ? report : null
      return {
        node,
        url,
        state,
        seen_at: seen_at.toISOString(),
        projects: projects.filter(({ lead }) => lead === node).length,
        leader: node === leader,
        version: said?.version ?? null,
        // Of a master that is silent nobody knows what its disk has now.
        disk: state === 'up' ? (said?.disk ?? null) : null,
      }
    })
    .sort((a, b) => (a.node < b.node ? -1 : 1))
}
