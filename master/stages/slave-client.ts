// What the master asks of a slave, over HTTP.

import type { ReadableStream } from 'node:stream/web'
import { Compile } from 'typebox/compile'
import { errorMessage, type JsonAnswer, type Peer, UnreachableError } from '../../shared/http/peer.ts'
import { urlHost } from '../../shared/http/url-host.ts'
import { Jobs, type PublishTree, SlaveHealth, type SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'

const ASK_TIMEOUT_MS = 10_000
const HEALTH_TIMEOUT_MS = 3_000

export type SlaveClient = ReturnType<typeof createSlaveClient>

/** Every call throws {@link UnreachableError} when the slave does not answer or does not accept. */
export function createSlaveClient(peer: Peer, scheme: 'http' | 'https') {
  const jobsShape = Compile(Jobs)
  const healthShape = Compile(SlaveHealth)
  const url = (slave: Pick<StoredSlave, 'hostname' | 'port'>, route: string) =>
    `${scheme}://${urlHost(slave.hostname)}:${slave.port}${route}`

  const ask = async (slave: StoredSlave, route: string, body: unknown): Promise<JsonAnswer> => {
    const answer = await peer.json({
      url: url(slave, route),
      timeoutMs: ASK_TIMEOUT_MS,
      ...(body === undefined ? {} : { body }),
    })
    if (answer.status >= 300) throw new UnreachableError(url(slave, route), `refused: ${errorMessage(answer)}`)
    return answer
  }

  /** The slave's jobs and anchors. */
  const jobs = async (slave: StoredSlave): Promise<Jobs> => {
    const { body } = await ask(slave, '/jobs/', undefined)
    if (!jobsShape.Check(body))
      throw new UnreachableError(url(slave, '/jobs/'), 'answered with something that is no list of jobs')
    return body
  }

  return {
    syncFromMaster: async (slave: StoredSlave, message: SyncFromMaster): Promise<void> => {
      await ask(slave, '/sync_from_master/', message)
    },
    stop: async (slave: StoredSlave, run: string): Promise<void> => {
      await ask(slave, '/stop/', { run })
    },
    /** Tells a slave to serve a generation; returns the tag of the one that it serves then. */
    publish: async (slave: StoredSlave, message: PublishTree): Promise<string | null> => {
      const { body } = await ask(slave, '/publish/', message)
      const { tag }: { tag?: unknown } = Object(body)
      if (typeof tag === 'string') return tag
      // Before protocol 3 the answer has only a number, and numbers come again when a master is restored.
      const { anchors } = await jobs(slave)
      return anchors[message.key]?.tag ?? null
    },
    renameTree: async (slave: StoredSlave, names: { key: string; id: string; project: string }): Promise<void> => {
      await ask(slave, '/rename_tree/', names)
    },
    removeTree: async (slave: StoredSlave, key: string, project: string, purge: boolean): Promise<void> => {
      await ask(slave, '/remove_tree/', { key, project, purge })
    },
    jobs,
    /** The log of a job that the slave works on, or null when it has none. */
    log: (slave: StoredSlave, run: string, follow: boolean): Promise<ReadableStream<Uint8Array> | null> =>
      peer.stream(url(slave, `/run_log/?run=${run}&follow=${follow}`)),
    /** The slave's health, or null when it cannot be reached. */
    health: async (slave: Pick<StoredSlave, 'hostname' | 'port'>): Promise<SlaveHealth | null> => {
      try {
        const answer = await peer.json({ url: url(slave, '/healthz'), timeoutMs: HEALTH_TIMEOUT_MS })
        return answer.status === 200 && healthShape.Check(answer.body) ? answer.body : null
      } catch {
        return null
      }
    },
  }
}
