// Slaves that the store has in a circle, as two masters may have been told its halves at the same time.

import { expect, it } from 'vitest'
import { enterFanOut, newRun, plainRequest } from '../../../../master/records/run.ts'
import { leadsInCircles } from '../../../../master/records/slave-paths.ts'
import { ActiveRun } from '../../../../master/runs/active-run.ts'
import { createChangeLists } from '../../../../master/stages/change-lists.ts'
import { createFanOut } from '../../../../master/stages/fan-out/fan-out.ts'
import { createSlaveClient } from '../../../../master/stages/slave-client.ts'
import { createPeer } from '../../../../shared/http/peer.ts'
import type { StoredSlave } from '../../../../shared/schemas/slave.ts'
import { AT, project } from '../../../helpers/stored.ts'

const slave = (port: number, upstream: number | null): StoredSlave => ({
  id: `127.0.0.1:${port}`,
  hostname: '127.0.0.1',
  port,
  upstream: upstream === null ? null : `127.0.0.1:${upstream}`,
  created_at: AT(0),
})

it('is found from inside and from below', () => {
  const slaves = [slave(1, 2), slave(2, 3), slave(3, 1), slave(4, 3), slave(5, null), slave(6, 5), slave(7, 9)]
  expect(slaves.map((one) => leadsInCircles(one, slaves))).toEqual([true, true, true, true, false, false, false])
})

it('keeps no run from its end', async () => {
  // Nothing listens there.
  const slaves = [slave(1, 2), slave(2, 1), slave(3, 2)]
  const of = project('debian', { generation: 4, tag: '4'.repeat(16) })
  const run = newRun('debian-k-1', of, plainRequest('schedule'), AT(0), 'main')
  const active = new ActiveRun('debian-k', plainRequest('schedule'), run, {
    start: async (one) => one,
    save: async () => {},
    told: () => {},
    shown: () => {},
  })
  await active.change((one) => ({ ...one, state: 'fanning_out', ...enterFanOut(one, 4, slaves, AT(0)) }))
  const fanOut = createFanOut({
    settings: {
      DEST_ROOT: '/srv',
      DELETE_GUARD_PERCENT: 50,
      FANOUT_CONCURRENCY: 0,
      SLAVE_POLL_S: 10,
      SYNC_TIMEOUT_S: 60,
      PUBLIC_NAME: '',
      MASTER_HOSTNAME: 'master',
    },
    client: createSlaveClient(createPeer({ ALLOW_PLAINTEXT: false }), 'http', () => 'token'),
    source: null,
    changes: createChangeLists('/nowhere'),
    rsyncdPortOf: () => null,
    publicNameOf: ({ hostname }) => hostname,
    protocolOf: async () => 4,
    epoch: async () => 1,
    now: () => 0,
  })
  await fanOut(active, of, { generation: 4, tag: '4'.repeat(16), folder: '/srv/debian' }, slaves)
  expect(active.run.slaves.map(({ state }) => state)).toEqual(Array(3).fill('unreachable'))
})
