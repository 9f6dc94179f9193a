// What a slave asks of its master: the names that changed, and what the fleet serves.

import { Compile } from 'typebox/compile'
import type { Peer } from '../../shared/http/peer.ts'
import { Generations, type SyncFromMaster } from '../../shared/schemas/messages.ts'
import { decodeList, type PathList } from '../../shared/trees/path-list.ts'

const LIST_TIMEOUT_MS = 120_000
const ASK_TIMEOUT_MS = 3_000

export type MasterClient = ReturnType<typeof createMasterClient>

export function createMasterClient(peer: Peer, masterUrl: string) {
  const generationsShape = Compile(Generations)
  return {
    /** The names that changed for a job. @throws {Error} when they do not come whole. */
    changes: async ({ run, slave_id, changes, master }: SyncFromMaster): Promise<PathList> => {
      if (changes === 0) return new Map()
      const query = new URLSearchParams({ run, slave_id })
      const list = decodeList(await peer.bytes(`${master?.url ?? masterUrl}/slave_changes/?${query}`, LIST_TIMEOUT_MS))
      if (list === null || list.size !== changes) throw new Error('it came damaged')
      return list
    },
    /** What the fleet serves of each project; null when the master does not say. */
    generations: async (): Promise<Generations | null> => {
      try {
        const { status, body } = await peer.json({ url: `${masterUrl}/slave_generations/`, timeoutMs: ASK_TIMEOUT_MS })
        return status === 200 && generationsShape.Check(body) ? body : null
      } catch {
        return null
      }
    },
  }
}
