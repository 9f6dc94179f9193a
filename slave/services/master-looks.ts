// Has a slave look now and then whether it reaches its master: the API, and the rsyncd that it pulls from. The master is told when it asks.

import type { Settings } from '../../settings.ts'
import { cutText } from '../../shared/cut-text.ts'
import { type Repetition, repeat } from '../../shared/flow/repeat.ts'
import { errorMessage, type Peer } from '../../shared/http/peer.ts'
import { askGreeting } from '../../shared/rsync/greeting.ts'
import { MAX_REACH_CHARACTERS, type MasterReach } from '../../shared/schemas/messages.ts'
import type { MasterLogIn } from './master-log-in.ts'

export interface MasterLooksDeps {
  settings: Pick<Settings, 'MASTER_URL' | 'MASTER_HOSTNAME' | 'MASTER_RSYNCD_PORT' | 'SLAVE_ID'>
  peer: Pick<Peer, 'json'>
  logIn: Pick<MasterLogIn, 'headersFor'>
  now: () => number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export type MasterLooks = ReturnType<typeof createMasterLooks>

const WELL_MS = 300_000
/** A person who mends it wants to see that it is mended. */
const TROUBLED_MS = 10_000
const TIMEOUT_MS = 5_000

export function createMasterLooks({ settings, peer, logIn, now, onError }: MasterLooksDeps) {
  const { MASTER_URL, MASTER_HOSTNAME, MASTER_RSYNCD_PORT, SLAVE_ID } = settings
  const stopping = new AbortController()
  const { signal } = stopping
  let last: MasterReach | null = null
  let rounds: Repetition | null = null

  /** By a request of its own where the log-in is known; its first order may be yet to come. */
  const askApi = async (): Promise<string | null> => {
    const headers = logIn.headersFor(SLAVE_ID ?? null)
    const route = headers === null ? '/healthz' : '/slave_fleet/'
    try {
      const answer = await peer.json({
        url: `${MASTER_URL}${route}`,
        timeoutMs: TIMEOUT_MS,
        signal,
        ...(headers === null ? {} : { headers }),
      })
      return answer.status === 200 ? null : `${new URL(MASTER_URL).host} refuses: ${errorMessage(answer)}`
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  const look = async (): Promise<void> => {
    const [api, rsyncd] = await Promise.all([
      askApi(),
      askGreeting(MASTER_HOSTNAME, MASTER_RSYNCD_PORT, TIMEOUT_MS, signal),
    ])
    const cut = (text: string | null) => (text === null ? null : cutText(text, MAX_REACH_CHARACTERS))
    last = {
      at: new Date(now()).toISOString(),
      url: cutText(MASTER_URL, MAX_REACH_CHARACTERS),
      api: cut(api),
      rsyncd: cut(rsyncd === null ? null : `${MASTER_HOSTNAME}:${MASTER_RSYNCD_PORT} ${rsyncd}`),
    }
  }

  return {
    /** What the last look showed; null before the first. */
    last: (): MasterReach | null => last,
    start: (): void => {
      rounds = repeat({
        work: look,
        every: () => (last?.api === null && last.rsyncd === null ? WELL_MS : TROUBLED_MS),
        ref: false,
        onError: (error) => onError(error, { part: 'looks at the master' }),
      })
    },
    stop: async (): Promise<void> => {
      stopping.abort()
      await rounds?.stop()
    },
  }
}
