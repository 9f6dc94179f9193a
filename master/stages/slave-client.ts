// What the master asks of a slave, over HTTP.

import type { ReadableStream } from 'node:stream/web'
import { setTimeout as sleep } from 'node:timers/promises'
import { Compile } from 'typebox/compile'
import { errorMessage, type JsonAnswer, type Peer, UnreachableError } from '../../shared/http/peer.ts'
import { slaveHeaders } from '../../shared/http/slave-log-in.ts'
import { urlHost } from '../../shared/http/url-host.ts'
import { Jobs, type PublishTree, SlaveHealth, type SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import type { SlaveProbe } from '../records/slave-sight.ts'
import { describeRefusal } from './slave-refusal.ts'

const ASK_TIMEOUT_MS = 10_000
const HEALTH_TIMEOUT_MS = 3_000
/** A slave that cannot take an order at the moment (503) gets it again: the same order starts nothing twice. */
const NOT_YET_PAUSES_MS = [500, 2_000, 5_000]

/** What is needed to ask a slave. */
export type SlaveAddress = Pick<StoredSlave, 'id' | 'hostname' | 'port'>

const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export type SlaveClient = ReturnType<typeof createSlaveClient>

/**
 * Every call throws {@link UnreachableError} when the slave does not answer or does not accept. `tokenOf` gives a slave's
 * own token, by its id.
 */
export function createSlaveClient(peer: Peer, scheme: 'http' | 'https', tokenOf: (slaveId: string) => string) {
  const jobsShape = Compile(Jobs)
  const healthShape = Compile(SlaveHealth)
  const url = (slave: SlaveAddress, route: string) => `${scheme}://${urlHost(slave.hostname)}:${slave.port}${route}`
  const headers = ({ id }: SlaveAddress) => slaveHeaders(tokenOf(id), id, 'to-slave')

  const ask = async (slave: StoredSlave, route: string, body: unknown, pausesMs: readonly number[] = []) => {
    const send = (): Promise<JsonAnswer> =>
      peer.json({
        url: url(slave, route),
        headers: headers(slave),
        timeoutMs: ASK_TIMEOUT_MS,
        ...(body === undefined ? {} : { body }),
      })
    let answer = await send()
    for (const pause of pausesMs) {
      if (answer.status !== 503) break
      await sleep(pause)
      answer = await send()
    }
    if (answer.status >= 300)
      throw new UnreachableError(
        url(slave, route),
        `refused: ${describeRefusal(slave.id, answer) ?? errorMessage(answer)}`,
      )
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
      await ask(slave, '/sync_from_master/', message, NOT_YET_PAUSES_MS)
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
      peer.stream({ url: url(slave, `/run_log/?run=${run}&follow=${follow}`), headers: headers(slave) }),
    /** Looks at a slave: at its health, which is open to all, and whether it takes this master's log-in. */
    probe: async (slave: SlaveAddress): Promise<SlaveProbe> => {
      const look = (route: string, more: { headers?: Record<string, string> }) =>
        peer.json({ url: url(slave, route), timeoutMs: HEALTH_TIMEOUT_MS, ...more }).catch(describeError)
      const [health, jobs] = await Promise.all([
        look('/healthz', {}),
        look('/jobs/?anchors=false', { headers: headers(slave) }),
      ])
      const answers = [jobs, health].filter((one) => typeof one !== 'string')
      const [refusal = null] = answers.flatMap((one) => describeRefusal(slave.id, one) ?? [])
      const said = typeof jobs === 'string' || jobs.status !== 200 ? null : jobs.body
      const toMaster = jobsShape.Check(said) ? (said.to_master ?? null) : null
      if (typeof health === 'string') return { health: null, refusal, toMaster, silence: health }
      if (health.status === 200 && healthShape.Check(health.body))
        return { health: health.body, refusal, toMaster, silence: null }
      return { health: null, refusal, toMaster, silence: `/healthz answered with status ${health.status}` }
    },
  }
}
