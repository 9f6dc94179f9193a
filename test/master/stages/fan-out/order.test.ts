import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { newRun, newSlaveStage, plainRequest, type RunRequest } from '../../../../master/records/run.ts'
import { type ChangeLists, createChangeLists } from '../../../../master/stages/change-lists.ts'
import { type FanOutJob, rememberLists, writeOrder } from '../../../../master/stages/fan-out/order.ts'
import { createSlaveClient } from '../../../../master/stages/slave-client.ts'
import { createPeer } from '../../../../shared/http/peer.ts'
import { type JobTarget, SyncFromMaster } from '../../../../shared/schemas/messages.ts'
import type { StoredProject } from '../../../../shared/schemas/project.ts'
import type { SlaveRunState } from '../../../../shared/schemas/run.ts'
import type { StoredSlave } from '../../../../shared/schemas/slave.ts'
import { decodeList, type PathList } from '../../../../shared/trees/path-list.ts'
import { AT, project } from '../../../helpers/stored.ts'

const THREE = { generation: 3, tag: '3'.repeat(16) }
const FOUR = { generation: 4, tag: '4'.repeat(16) }
const EPOCH = 1_764_115_200_000
const CHANGES: PathList = new Map([
  ['a', 'file'],
  ['b', 'gone'],
])
const slave = (hostname: string, upstream: string | null = null): StoredSlave => ({
  id: `${hostname}:7000`,
  hostname,
  port: 7000,
  upstream,
  created_at: AT(0),
})
const TOP = slave('top')
const LEAF = slave('leaf', TOP.id)
const never = async () => {
  throw new Error('an order changes no run')
}

interface Situation {
  stored?: Partial<StoredProject>
  request?: Partial<RunRequest>
  slaves?: readonly StoredSlave[]
  states?: Readonly<Record<string, SlaveRunState>>
  source?: string | undefined
  rsyncdPort?: number | null
  protocol?: number
  changes?: PathList | null
}

/** The order for a slave, and the list that it may ask for. */
async function order(to: StoredSlave, situation: Situation = {}) {
  const {
    stored,
    request,
    slaves = [to],
    states = {},
    source,
    rsyncdPort = 8873,
    protocol = 3,
    changes = CHANGES,
  } = situation
  const of = project('debian', { generation: 4, tag: FOUR.tag, ...stored })
  const asked = { ...plainRequest('schedule'), ...request }
  const run = newRun('debian-k-1', of, asked, AT(0), 'main')
  const changeLists = new Map<string, Buffer>()
  const targets = new Map<string, JobTarget>()
  const job: FanOutJob = {
    deps: {
      settings: {
        DEST_ROOT: '/srv/mirror',
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
      rsyncdPortOf: () => rsyncdPort,
      publicNameOf: ({ hostname }) => hostname,
      protocolOf: async () => protocol,
      epoch: async () => EPOCH,
      now: () => 0,
    },
    active: {
      key: of.key,
      request: asked,
      start: never,
      run: { ...run, slaves: slaves.map((one) => ({ ...newSlaveStage(one), state: states[one.id] ?? 'pending' })) },
      signal: new AbortController().signal,
      changeLists,
      targets,
      sources: new Map(source === undefined ? [] : [[TOP.id, source]]),
      change: never,
      show: () => {},
      move: never,
      moveSlave: never,
      slaveAnswered: never,
    },
    project: of,
    target: { ...FOUR, folder: '/srv/mirror/linux/debian' },
    slaves,
    epoch: EPOCH,
    changesSince: async () => changes,
    patienceS: 60,
  }
  return { message: await writeOrder(job, to), list: changeLists.get(to.id), target: targets.get(to.id) }
}

describe('what a slave is told', () => {
  it('is what to reach, and where the tree lies below the module', async () => {
    const { message } = await order(TOP)
    expect(message).toMatchObject({
      run: 'debian-k-1',
      slave_id: 'top:7000',
      id: 'debian',
      key: 'debian-k',
      ...FOUR,
      source: 'linux/debian',
      checksum: false,
      published: null,
    })
  })

  it('holds no secret of the project', async () => {
    expect(JSON.stringify((await order(TOP)).message)).not.toContain('secret')
  })

  it('names what changed since its anchor, and lets it ask for the list', async () => {
    const { message, list } = await order(TOP, { stored: { anchors: { [TOP.id]: { ...THREE, drift: 5 } } } })
    expect(message).toMatchObject({ anchor: THREE, changes: 2 })
    expect(decodeList(list ?? Buffer.alloc(0))).toEqual(CHANGES)
  })

  it.each<[string, Situation]>([
    ['has no anchor', { stored: { anchors: { 'another:7000': { ...THREE, drift: null } } } }],
    ['is at an anchor since which no list tells', { changes: null }],
    ['is to compare contents', { request: { mode: 'full' } }],
  ])('is to walk when it %s', async (_name, situation) => {
    const anchored = { anchors: { [TOP.id]: { ...THREE, drift: null } } }
    const { message, list } = await order(TOP, { stored: anchored, ...situation })
    expect(message.changes).toBeNull()
    expect(list).toBeUndefined()
  })

  it('is to compare contents in a full run alone', async () => {
    expect((await order(TOP, { request: { mode: 'full' } })).message.checksum).toBe(true)
    expect((await order(TOP)).message.checksum).toBe(false)
  })

  it('is what the fleet serves already', async () => {
    const { message } = await order(TOP, { stored: { published: { ...THREE, sequence: 9 } } })
    expect(message.published).toEqual({ ...THREE, sequence: 9 })
  })

  it('is remembered, since a report that answers another order is not taken', async () => {
    const { message, target } = await order(TOP)
    expect(target).toEqual({ epoch: EPOCH, tag: FOUR.tag })
    expect(message.epoch).toBe(EPOCH)
  })

  it('names those that will pull from it', async () => {
    const slaves = [TOP, LEAF, slave('twig', TOP.id), slave('far', LEAF.id)]
    expect((await order(TOP, { slaves })).message.downstream_hosts).toEqual(['leaf', 'twig'])
    expect((await order(LEAF, { slaves })).message.downstream_hosts).toEqual(['far'])
  })
})

describe('an order, by the protocol of its slave,', () => {
  it.each<[string, Situation, { percent: number; force: boolean }]>([
    ['has the guard of the settings', {}, { percent: 50, force: false }],
    ["has the project's own guard", { stored: { delete_guard_percent: 0 } }, { percent: 0, force: false }],
    ['lets everything through when forced', { request: { force: true } }, { percent: 50, force: true }],
  ])('%s', async (_name, situation, guard) => {
    expect((await order(TOP, { ...situation, stored: { stages: 'rpm', ...situation.stored } })).message).toMatchObject({
      stages: 'rpm',
      guard,
    })
  })

  it.each([
    [1, ['stages', 'guard', 'epoch']],
    [2, ['epoch']],
  ])('has no fields that one of protocol %i would refuse: %j', async (protocol, newer) => {
    const { message, target } = await order(TOP, { protocol, stored: { published: { ...THREE, sequence: 9 } } })
    for (const field of newer) expect(message).not.toHaveProperty(field)
    expect(message.published).toEqual({ generation: 3, sequence: 9 })
    expect(Compile(SyncFromMaster).Errors(message)).toEqual([])
    expect(target).toEqual({ epoch: EPOCH, tag: FOUR.tag })
  })
})

describe('a slave', () => {
  const ready = { slaves: [TOP, LEAF], states: { [TOP.id]: 'prepared' }, source: 'trees/debian' } as const
  const upstream = { hostname: 'top', port: 8873, source: 'trees/debian' }

  it.each<[string, SlaveRunState, typeof upstream | null]>([
    ['has not begun', 'pending', null],
    ['is at it', 'syncing', null],
    ['failed', 'failed', null],
    ['cannot be reached', 'unreachable', null],
    ['was stopped', 'stopped', null],
    ['is prepared', 'prepared', upstream],
    ['succeeded', 'succeeded', upstream],
  ])('below one that %s pulls from there, or from the master', async (_name, state, expected) => {
    expect((await order(LEAF, { ...ready, states: { [TOP.id]: state } })).message.upstream).toEqual(expected)
  })

  it.each<[string, Situation]>([
    ['has no rsyncd', { rsyncdPort: null }],
    ['did not say where its tree is', { source: undefined }],
    ['takes no part', { slaves: [LEAF] }],
    ['says that its tree lies outside', { source: '../../etc' }],
    ['says that its tree is a pattern', { source: 'trees/*' }],
    ['says that its port is none', { rsyncdPort: 0 }],
    ['says that its port is beyond all', { rsyncdPort: 65_536 }],
  ])('below one that %s pulls from the master', async (_name, situation) => {
    expect((await order(LEAF, { ...ready, ...situation })).message.upstream).toBeNull()
  })

  it('at the top pulls from the master', async () => {
    expect((await order(TOP, ready)).message.upstream).toBeNull()
  })
})

describe('the lists of a fan-out', () => {
  /** Lists of so many names, and the anchors that they were asked for. */
  function listsOf(size: number | null) {
    const asked: string[] = []
    const list =
      size === null ? null : new Map(Array.from({ length: size }, (_, index) => [`${index}`, 'file'] as const))
    const changes: ChangeLists = {
      ...createChangeLists('/nowhere'),
      between: async (_key, since) => {
        asked.push(since.tag)
        return list
      },
    }
    return { asked, changes }
  }
  const target = { ...FOUR, folder: '/srv/mirror/debian' }

  it('are put together once for slaves at the same anchor', async () => {
    const { asked, changes } = listsOf(1)
    const since = rememberLists(changes, project('p'), target)
    await Promise.all([since(THREE), since(THREE), since({ generation: 2, tag: '2'.repeat(16) })])
    expect(asked).toEqual([THREE.tag, '2'.repeat(16)])
  })

  it.each<[string, number | null, number | null, boolean]>([
    ['a short list of a small tree', 1_000, 10, true],
    ['no longer list of a small tree', 1_001, 10, false],
    ['a list of three tenths of a large tree', 3_000, 10_000, true],
    ['no list of more than three tenths of a large tree', 3_001, 10_000, false],
    ['a short list of a tree of unknown size', 1_000, null, true],
    ['no longer list of a tree of unknown size', 1_001, null, false],
    ['no list where there is none', null, 10_000, false],
  ])('use %s', async (_name, size, totalFiles, isUsed) => {
    const since = rememberLists(listsOf(size).changes, project('p', { total_files: totalFiles }), target)
    const list = await since(THREE)
    expect(list === null ? null : list.size).toBe(isUsed ? size : null)
  })
})
