// What a slave asks of its masters and tells them, over HTTP and in its own name.

import { Compile } from 'typebox/compile'
import type { JsonAnswer, JsonRequest, Peer } from '../../shared/http/peer.ts'
import {
  FleetNodes,
  Generations,
  type SlaveProgress,
  type SlaveReport,
  type SyncFromMaster,
} from '../../shared/schemas/messages.ts'
import { decodeList, type PathList } from '../../shared/trees/path-list.ts'
import type { KnownNodes } from './fleet-nodes.ts'
import type { MasterLogIn } from './master-log-in.ts'

const LIST_TIMEOUT_MS = 120_000
const ASK_TIMEOUT_MS = 3_000
const SEND_TIMEOUT_MS = 20_000

export interface MasterClientDeps {
  peer: Peer
  /** The master of the slave's settings. */
  masterUrl: string
  logIn: Pick<MasterLogIn, 'headersFor' | 'isOld'>
  nodes: Pick<KnownNodes, 'isMaster'>
}

export type MasterClient = ReturnType<typeof createMasterClient>

export function createMasterClient({ peer, masterUrl, logIn, nodes }: MasterClientDeps) {
  const generationsShape = Compile(Generations)

  /** @throws {Error} when the master is none of the fleet's: it would get a log-in that is good for a report. */
  const reach = async (
    url: string | null,
    route: string,
    slaveId: string,
  ): Promise<Pick<JsonRequest, 'url' | 'headers'>> => {
    const isKnown = url === null || logIn.isOld() || (await nodes.isMaster(url, slaveId))
    if (!isKnown) throw new Error(`${url} is not a master of this fleet`)
    return { url: `${url ?? masterUrl}${route}`, headers: logIn.headersFor(slaveId) ?? {} }
  }

  const send = async (
    url: string | null,
    route: string,
    body: SlaveReport | SlaveProgress,
    signal: AbortSignal,
  ): Promise<JsonAnswer> =>
    peer.json({ ...(await reach(url, route, body.slave_id)), body, timeoutMs: SEND_TIMEOUT_MS, signal })

  return {
    /** The names that changed for a job. @throws {Error} when they do not come whole. */
    changes: async ({ run, slave_id, changes, master }: SyncFromMaster): Promise<PathList> => {
      if (changes === 0) return new Map()
      const query = new URLSearchParams({ run, slave_id })
      const target = await reach(master?.url ?? null, `/slave_changes/?${query}`, slave_id)
      const list = decodeList(await peer.bytes({ ...target, timeoutMs: LIST_TIMEOUT_MS }))
      if (list === null || list.size !== changes) throw new Error('it came damaged')
      return list
    },
    /** What the fleet serves of each project; null when the master does not say. */
    generations: async (): Promise<Generations | null> => {
      const headers = logIn.headersFor(null)
      if (headers === null) return null
      try {
        const url = `${masterUrl}/slave_generations/`
        const { status, body } = await peer.json({ url, headers, timeoutMs: ASK_TIMEOUT_MS })
        return status === 200 && generationsShape.Check(body) ? body : null
      } catch {
        return null
      }
    },
    /** Sends a job's end to a master; null is the one of the settings. @throws {Error} when it cannot be reached. */
    sendReport: (url: string | null, report: SlaveReport, signal: AbortSignal): Promise<JsonAnswer> =>
      send(url, '/slave_rsync_complete/', report, signal),
    /** Sends how far a job is, likewise. */
    sendProgress: (url: string | null, progress: SlaveProgress, signal: AbortSignal): Promise<JsonAnswer> =>
      send(url, '/slave_progress/', progress, signal),
  }
}

/** Asks a master for the nodes of its fleet. */
export function createNodesClient(peer: Peer, logIn: Pick<MasterLogIn, 'headersFor'>) {
  const shape = Compile(FleetNodes)
  return async (masterUrl: string, slaveId: string): Promise<FleetNodes | null> => {
    const headers = logIn.headersFor(slaveId)
    if (headers === null) return null
    try {
      const { status, body } = await peer.json({ url: `${masterUrl}/slave_fleet/`, headers, timeoutMs: ASK_TIMEOUT_MS })
      return status === 200 && shape.Check(body) ? body : null
    } catch {
      return null
    }
  }
}
