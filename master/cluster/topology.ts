// The topology of several masters on one database.

import type { Settings } from '../../settings.ts'
import { atField, InvalidInput, MasterDown } from '../../shared/errors.ts'
import type { NodeName } from '../store/postgres/node-name.ts'
import type { Store } from '../store/store.ts'
import type { Topology } from '../topology.ts'
import { viewMasters } from './master-view.ts'
import type { Masters } from './masters.ts'
import { ANY } from './takeover.ts'

export interface ClusterTopologyDeps {
  settings: Pick<Settings, 'MASTER_NODE' | 'MASTER_URL' | 'MASTER_HOSTNAME' | 'MASTER_RSYNCD_PORT'>
  nodeName: Pick<NodeName, 'state' | 'problem'>
  masters: Pick<Masters, 'list' | 'find'>
  store: Pick<Store, 'listProjects'>
}

export function createClusterTopology({ settings, nodeName, masters, store }: ClusterTopologyDeps): Topology {
  const { MASTER_NODE: node, MASTER_URL: url, MASTER_HOSTNAME: hostname, MASTER_RSYNCD_PORT: rsyncd_port } = settings
  return {
    node,
    placement: (wanted, before) => {
      if (before !== null && (wanted ?? before.node) === before.node)
        return { node: before.node, lead: before.lead, stuck: before.stuck }
      const name = wanted ?? node
      const known = masters.list().map((one) => one.node)
      if (name !== ANY && !known.includes(name)) {
        const message = `node: there is no master "${name}"; use one of ${known.sort().join(', ')}, or "any"`
        throw atField(new InvalidInput(message), 'node')
      }
      const lead = name === ANY ? (before?.lead ?? node) : name
      return { node: name, lead, stuck: null }
    },
    isLead: ({ lead }) => lead === node,
    seesDisk: (project) => project.lead === node || project.node === ANY,
    otherMaster: (wanted) => {
      const name = 'run' in wanted ? wanted.run.node : (wanted.project.lead ?? wanted.project.node)
      if (name === node) {
        // What changes a project's files is as good as a run; a log may be read.
        if ('project' in wanted && nodeName.state !== 'held') throw new MasterDown(node, 'it does not hold its name')
        return null
      }
      const row = masters.find(name)
      if (row?.state !== 'up') throw new MasterDown(name, row?.state ?? 'never started')
      return row
    },
    address: { url, hostname, rsyncd_port },
    listMasters: async () => viewMasters(masters.list(), await store.listProjects()),
    problem: () => nodeName.problem(),
  }
}
