// Upstreams that are closed, hang, refuse, lie, are empty or half unreadable.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { compareTrees, makeSampleTree } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import type { Upstream } from '../../scripts/sample/upstream.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { useSample } from '../helpers/sample.ts'
import { useOwnUpstreams } from '../helpers/upstreams.ts'

const sample = useSample({
  slaves: 1,
  settings: {
    RETRY_BACKOFF_S: '1',
    RETRY_LIMIT: '2',
    SLAVE_POLL_S: '1',
    // A project that waits for its next attempt keeps its place.
    MAX_CONCURRENT_SYNCS: '8',
    MAX_SYNCS_PER_HOST: '8',
  },
})
const { startEmpty, startFilled } = useOwnUpstreams()

/** The discard service, which nothing runs any more: a port that is free now may be another program's a moment later. */
const CLOSED_PORT = 9

const addProject = (project: string, more: object = {}): Promise<unknown> =>
  sample.fleet.api.ask('/add_project/', sample.payload(project, more))

const at = ({ port }: Pick<Upstream, 'port'>, more: object = {}) => ({
  rsync_port: port,
  rsync_password: null,
  rsync_user: null,
  ...more,
})
const masterTree = (project: string) => path.join(sample.fleet.destRoot, project)
const slaveTree = (project: string) => path.join(sample.fleet.slaves[0]?.publicFolder ?? '', project)

const listen = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

// Most of them wait for the next attempt.
describe.concurrent('an upstream', () => {
  it('that is closed is tried again, and each attempt is seen in the run and its log', async () => {
    await addProject('closed', { rsync_port: CLOSED_PORT })
    const run = await sample.fleet.api.sync('closed')
    expect(run).toMatchObject({ state: 'failed', attempt: 3, slaves: [], upstream: { state: 'failed', exit_code: 10 } })
    expect(run.error?.message).toContain('Connection refused')
    const log = await sample.fleet.api.ask(`/run_log/?run=${run.run}`)
    expect(log.match(/Connection refused/g)?.length).toBeGreaterThanOrEqual(3)
    expect(log).toContain('attempt 2 failed')
    await addProject('closed-once', { rsync_port: CLOSED_PORT, retry_limit: 0 })
    expect(await sample.fleet.api.sync('closed-once')).toMatchObject({ state: 'failed', attempt: 1 })
  })

  it('that comes back between two attempts is synced by the later one', async () => {
    const { api } = sample.fleet
    // The first attempt hangs until the upstream is back.
    const silent = createServer()
    const connected = once(silent, 'connection')
    const port = await listen(silent)
    await addProject('returning', at({ port }))
    const { run } = await api.ask('/syncup/?id=returning')
    const [connection]: Socket[] = await connected
    silent.close()
    const upstream = await startFilled({ port })
    connection?.destroy()
    expect(await api.waitForRun(run)).toMatchObject({ state: 'succeeded', attempt: 2 })
    expect(await api.ask(`/run_log/?run=${run}`)).toContain('attempt 1 failed')
    expect(compareTrees(upstream.folder, slaveTree('returning'))).toBe('')
  })

  it("that hangs is given up after rsync's own time-out", async ({ onTestFinished }) => {
    const silent = createServer()
    const port = await listen(silent)
    onTestFinished(() => void silent.close())
    const rsync_options = { basic: ['--timeout=1'], defaults: ['-aH'], delete: '--delete' }
    await addProject('hanging', at({ port }, { rsync_options }))
    const run = await sample.fleet.api.sync('hanging')
    expect(run).toMatchObject({ state: 'failed', attempt: 3 })
    expect([30, 35]).toContain(run.upstream.exit_code)
  })

  it('that has too many connections is tried again', async () => {
    const upstream = await startEmpty({ extra: ['max connections = -1'] })
    await addProject('crowded', at(upstream))
    const run = await sample.fleet.api.sync('crowded')
    expect(run).toMatchObject({ state: 'failed', upstream: { exit_code: 5 } })
    // Disabled connections are told in the same words as too many of them, and are tried again.
    expect(run.attempt).toBe(3)
  })

  it('whose files vanish while they are read is synced all the same, and the next run is clean', async () => {
    const { api } = sample.fleet
    const upstream = await startEmpty()
    mkdirSync(path.join(upstream.folder, 'one'))
    for (let number = 10; number < 60; number++)
      writeFileSync(path.join(upstream.folder, 'one', `file-${number}`), Buffer.alloc(20_000, number))
    await addProject(
      'vanishing',
      at(upstream, { rsync_options: { basic: ['--bwlimit=300k'], defaults: ['-aH'], delete: '--delete' } }),
    )
    const { run } = await api.ask('/syncup/?id=vanishing')
    await until('the first file', () => existsSync(path.join(masterTree('vanishing'), 'one', 'file-10')))
    for (let number = 50; number < 60; number++) rmSync(path.join(upstream.folder, 'one', `file-${number}`))
    const first = await api.waitForRun(run)
    expect(first).toMatchObject({ state: 'succeeded', attempt: 1, upstream: { state: 'succeeded', exit_code: 24 } })
    expect(first.upstream.error).toContain('vanished')
    expect(await api.sync('vanishing')).toMatchObject({ state: 'succeeded', upstream: { exit_code: 0, error: null } })
    for (const tree of [masterTree('vanishing'), slaveTree('vanishing')])
      expect(compareTrees(upstream.folder, tree)).toBe('')
  })

  it('that does not take the password is not tried again', async () => {
    await addProject('locked', { rsync_password: 'wrong' })
    expect(await sample.fleet.api.sync('locked')).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: { message: expect.stringContaining('auth failed') },
    })
  })
})

describe('the delete guard', () => {
  it('keeps everything when the upstream is suddenly empty, and lets force through', async () => {
    const { api } = sample.fleet
    const upstream = await startFilled()
    await addProject('emptied', at(upstream))
    await api.sync('emptied')
    const before = temporaryFolder()
    execFileSync('rsync', ['-aH', `${masterTree('emptied')}/`, `${before}/`])

    execFileSync('find', [upstream.folder, '-mindepth', '1', '-delete'])
    const run: Run = await api.sync('emptied')
    expect(run).toMatchObject({
      state: 'blocked',
      slaves: [],
      upstream: { state: 'blocked', summary: { deleted: 0 } },
      error: { code: 'TREE_MISSING' },
    })
    expect(run.error?.message).toMatch(/All files are gone upstream, of \d+/)
    expect(compareTrees(before, masterTree('emptied')).replace(/^\.d.*\.\/$/m, '')).toBe('')
    expect((await api.ask('/list_projects/?id=emptied'))[0]).toMatchObject({
      generation: 1,
      last_run: { state: 'blocked' },
    })

    const forced = await api.sync('emptied', '&force=true')
    expect(forced.state).toBe('succeeded')
    expect(forced.upstream.summary?.deleted).toBeGreaterThan(40)
    expect(compareTrees(upstream.folder, slaveTree('emptied'))).toBe('')
    expect((await api.sync('emptied')).state).toBe('succeeded')
  })

  it('counts a few deletions, then makes them all', async () => {
    const { api } = sample.fleet
    const upstream = await startFilled()
    await addProject('pruned', at(upstream, { delete_guard_percent: 20 }))
    await api.sync('pruned')
    for (let number = 0; number < 5; number++)
      rmSync(path.join(upstream.folder, 'releases', '38', 'packages', `package-${number}.rpm`))
    const run = await api.sync('pruned')
    expect(run).toMatchObject({ state: 'succeeded', upstream: { summary: { deleted: 5 } } })
    for (const tree of [masterTree('pruned'), slaveTree('pruned')]) expect(compareTrees(upstream.folder, tree)).toBe('')
    rmSync(path.join(upstream.folder, 'releases'), { recursive: true })
    expect((await api.sync('pruned')).state).toBe('blocked')
    await api.ask('/update_project/basic/', { id: 'pruned', delete_guard_percent: 0 })
    expect((await api.sync('pruned')).state).toBe('succeeded')
    expect(existsSync(path.join(masterTree('pruned'), 'releases'))).toBe(false)
  })

  it('keeps everything when the upstream is half unreadable', async () => {
    const { api } = sample.fleet
    // A daemon that serves as nobody cannot read what is root's alone; without root, we are that nobody.
    const isRoot = process.getuid?.() === 0
    const upstream = await startEmpty(isRoot ? { extra: ['uid = nobody', 'gid = nogroup'] } : {})
    if (isRoot)
      for (let parent = upstream.folder; parent !== tmpdir(); parent = path.dirname(parent)) chmodSync(parent, 0o755)
    await makeSampleTree(upstream.folder)
    await addProject('unreadable', at(upstream))
    await api.sync('unreadable')
    rmSync(path.join(upstream.folder, 'README'))
    chmodSync(path.join(upstream.folder, 'releases', '39'), 0o000)
    const run = await api.sync('unreadable')
    chmodSync(path.join(upstream.folder, 'releases', '39'), 0o755)
    expect(run).toMatchObject({
      state: 'failed',
      attempt: 3,
      slaves: [],
      upstream: { exit_code: 23, summary: { deleted: 0 } },
    })
    expect(existsSync(path.join(masterTree('unreadable'), 'README'))).toBe(true)
    expect(existsSync(path.join(masterTree('unreadable'), 'releases', '39', 'packages', 'package-1.rpm'))).toBe(true)
  })
})

describe('a dry run', () => {
  it('counts what would happen, lists it in its log, and touches nothing', async () => {
    const { api } = sample.fleet
    const upstream = await startFilled()
    await addProject('dry', at(upstream))
    const first = await api.sync('dry', '&dry_run=true')
    expect(first).toMatchObject({ state: 'succeeded', dry_run: true, slaves: [], generation: null })
    expect(first.upstream.summary?.added).toBeGreaterThan(40)
    expect(existsSync(masterTree('dry'))).toBe(false)
    await api.sync('dry')
    rmSync(path.join(upstream.folder, 'README'))
    writeFileSync(path.join(upstream.folder, 'NEWS'), 'new')
    const second = await api.sync('dry', '&dry_run=true')
    expect(second.upstream.summary).toMatchObject({ added: 1, modified: 0, deleted: 1 })
    expect(await api.ask(`/run_log/?run=${second.run}`)).toMatch(/\*deleting.*README\n/)
    expect(existsSync(path.join(masterTree('dry'), 'README'))).toBe(true)
    expect((await api.ask('/list_projects/?id=dry'))[0]).toMatchObject({
      generation: 1,
      last_run: { run: expect.not.stringContaining(second.run) },
    })
  })
})

describe('a full sync', () => {
  it('finds what sizes and times hide, on the master and on the slave', async () => {
    const { api } = sample.fleet
    const upstream = await startFilled()
    await addProject('checked', at(upstream))
    await api.sync('checked')
    for (const tree of [masterTree('checked'), slaveTree('checked')]) {
      // Same size, same time, other contents: bit rot.
      const file = path.join(tree, 'releases', '39', 'packages', 'package-2.rpm')
      const times = execFileSync('stat', ['-c', '%y', file], { encoding: 'utf8' }).trim()
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll('release', 'RELEASE'))
      execFileSync('touch', ['-d', times, file])
    }
    expect((await api.sync('checked')).upstream.summary?.modified).toBe(0)
    expect((await api.sync('checked', '&mode=full')).mode).toBe('full')
    for (const tree of [masterTree('checked'), slaveTree('checked')])
      expect(compareTrees(upstream.folder, tree)).toBe('')
  })
})
