// The topology of a single master, which leads every project.

import type { Settings } from '../../settings.ts'
import { atField, InvalidInput } from '../../shared/errors.ts'
import type { MasterReport } from '../../shared/schemas/master.ts'
import type { Topology } from '../topology.ts'

/** `startedAt` is ISO 8601. */
export function createSoloTopology(
  { MASTER_NODE: node, MASTER_URL: url }: Pick<Settings, 'MASTER_NODE' | 'MASTER_URL'>,
  startedAt: string,
  report: () => MasterReport,
): Topology {
  return {
    node,
    placement: (wanted, before) => {
      if (wanted === undefined || wanted === node || wanted === 'any' || wanted === before?.node)
        return { node: wanted ?? before?.node ?? node, lead: null, stuck: null }
      throw atField(new InvalidInput(`node: the only master is "${node}"; use that name, or omit node`), 'node')
    },
    isLead: () => true,
    seesDisk: () => true,
    otherMaster: () => null,
    address: null,
    listMasters: async () => [
      { node, url, state: 'up', seen_at: startedAt, projects: null, leader: true, ...report() },
    ],
    problem: () => null,
  }
}
