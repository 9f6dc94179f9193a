// Which nodes an order may name: the masters and the slaves that the master of this slave's settings lists.

import path from 'node:path'
import Type from 'typebox'
import type { Settings } from '../../settings.ts'
import { FleetNotKnown, NodeNotOfFleet } from '../../shared/errors.ts'
import type { FleetNodes, MasterAddress, SyncFromMaster } from '../../shared/schemas/messages.ts'
import { documentKind, StoredDocument } from '../../shared/store/document.ts'

export interface FleetNodesDeps {
  settings: Pick<Settings, 'MASTER_URL' | 'MASTER_HOSTNAME' | 'MASTER_RSYNCD_PORT'>
  /** Where the slave remembers the masters, for when the one of its settings is down. */
  folder: string
  /** Asks a master for the nodes of the fleet; null when it does not say. */
  ask: (masterUrl: string, slaveId: string) => Promise<FleetNodes | null>
}

/** What an order says of other nodes. */
type NamedNodes = Pick<SyncFromMaster, 'master' | 'upstream' | 'slave_id'>

export type KnownNodes = Awaited<ReturnType<typeof openFleetNodes>>

const KIND = documentKind({
  name: 'list of masters',
  version: 1,
  schema: Type.Object({ master_urls: Type.Array(Type.String()) }),
})

/** @throws {DocumentError} when what was remembered cannot be read. */
export async function openFleetNodes({ settings, folder, ask }: FleetNodesDeps) {
  const { MASTER_URL } = settings
  const known = await StoredDocument.open(KIND, path.join(folder, 'masters.json'), { master_urls: [] })
  const addresses = new Map<string, MasterAddress>()
  let slaveHosts: readonly string[] = []
  let hasLearned = false

  /** Learns the nodes from the first master that answers; only masters that are known already are asked. */
  const learn = async (slaveId: string): Promise<void> => {
    for (const url of new Set([MASTER_URL, ...known.data.master_urls])) {
      const nodes = await ask(url, slaveId)
      if (nodes === null) continue
      const { master_urls } = nodes
      slaveHosts = nodes.slave_hosts
      hasLearned = true
      if (master_urls.join() !== known.data.master_urls.join()) await known.update(() => ({ master_urls }))
      return
    }
    hasLearned = false
  }

  const isMaster = async (url: string, slaveId: string): Promise<boolean> => {
    const isKnown = () => url === MASTER_URL || known.data.master_urls.includes(url)
    if (!isKnown()) await learn(slaveId)
    return isKnown()
  }

  /** @throws {FleetNotKnown} when no master said so: whether it is one is open then. */
  const isAddress = async (master: MasterAddress, slaveId: string): Promise<boolean> => {
    const { MASTER_HOSTNAME: hostname, MASTER_RSYNCD_PORT: rsyncd_port } = settings
    if (isSame(master, { url: MASTER_URL, hostname, rsyncd_port })) return true
    if (isSame(master, addresses.get(master.url))) return true
    if (!(await isMaster(master.url, slaveId))) return toldOtherwise(master.url)
    // Where its rsyncd is, each master says itself.
    const nodes = await ask(master.url, slaveId)
    if (nodes === null) throw new FleetNotKnown(master.url)
    if (nodes.master !== null) addresses.set(master.url, nodes.master)
    return isSame(master, nodes.master)
  }

  /** False when a master has told the nodes, and this is none of them. @throws {FleetNotKnown} when none answered. */
  const toldOtherwise = (node: string): false => {
    if (!hasLearned) throw new FleetNotKnown(node)
    return false
  }

  /** The other masters are known before the first one is down: another's order may be the first thing that is heard of it. */
  const learnOnce = (slaveId: string): void => {
    if (hasLearned) return
    hasLearned = true
    void learn(slaveId).catch(() => {
      hasLearned = false
    })
  }

  return {
    isMaster,
    /** Learns the nodes anew; returns whether a master has told them. */
    learn: async (slaveId: string): Promise<boolean> => {
      await learn(slaveId)
      return hasLearned
    },
    /**
     * @throws {NodeNotOfFleet} when the order names a master, or a slave to pull from, that is none of the fleet's.
     * @throws {FleetNotKnown} when no master answered the question; the same order may be taken a moment later.
     */
    assertOrder: async ({ master, upstream, slave_id }: NamedNodes): Promise<void> => {
      learnOnce(slave_id)
      if (master !== null && !(await isAddress(master, slave_id))) {
        throw new NodeNotOfFleet(
          `${master.url}, with its rsyncd at ${master.hostname}:${master.rsyncd_port},`,
          'masters',
        )
      }
      if (upstream === null || slaveHosts.includes(upstream.hostname)) return
      await learn(slave_id)
      if (!slaveHosts.includes(upstream.hostname) && !toldOtherwise(upstream.hostname))
        throw new NodeNotOfFleet(upstream.hostname, 'slaves')
    },
  }
}

function isSame(one: MasterAddress, other: MasterAddress | null | undefined): boolean {
  return one.url === other?.url && one.hostname === other.hostname && one.rsyncd_port === other.rsyncd_port
}
