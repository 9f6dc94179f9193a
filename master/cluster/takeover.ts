// Decides which master leads each project when masters go down or come back: pure.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { MasterRow } from './masters.ts'

export const ANY = 'any'

/** The new lead of a project. `stuck` is the reason why that master cannot work on it; null when it can. */
export interface Handover {
  key: string
  lead: string
  stuck: string | null
}

/**
 * A project with node `any` whose lead is not up goes to the master that is up and leads the fewest projects. A project
 * of one master waits for that master.
 */
export function planHandovers(
  projects: readonly Pick<StoredProject, 'key' | 'node' | 'lead' | 'stuck'>[],
  masters: readonly MasterRow[],
): Handover[] {
  const up = new Map(masters.filter(({ state }) => state === 'up').map(({ node }) => [node, 0]))
  for (const { lead } of projects) {
    if (lead !== null && up.has(lead)) up.set(lead, (up.get(lead) ?? 0) + 1)
  }
  const handovers: Handover[] = []
  for (const { key, node, lead, stuck } of projects) {
    const wanted = node === ANY ? keepOrChoose(lead, up) : node
    const reason = up.has(wanted) ? null : describeAbsence(wanted, masters)
    if (wanted === lead && reason === stuck) continue
    if (wanted !== lead && up.has(wanted)) up.set(wanted, (up.get(wanted) ?? 0) + 1)
    handovers.push({ key, lead: wanted, stuck: reason })
  }
  return handovers
}

function keepOrChoose(lead: string | null, up: ReadonlyMap<string, number>): string {
  if (lead !== null && up.has(lead)) return lead
  const [least] = [...up].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
  return least?.[0] ?? lead ?? ANY
}

function describeAbsence(node: string, masters: readonly MasterRow[]): string {
  const row = masters.find((one) => one.node === node)
  if (row === undefined)
    return `There is no master "${node}"; start a master with that name, or give the project another node.`
  const since = row.seen_at.toISOString()
  const what = row.state === 'left' ? `was stopped at ${since}` : `has not responded since ${since}`
  return `Its master "${node}" ${what}; start it, or give the project another node.`
}
