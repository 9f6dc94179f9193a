// Upstreams that are closed, hang, refuse, lie, are empty or half unreadable; and disks that are full.

import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FleetOptions, startFleet } from '../../scripts/sample/fleet.ts'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { compareTrees, makeSampleTree } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import { startUpstream, type Upstream, type UpstreamOptions } from '../../scripts/sample/upstream.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({
  slaves: 1,
  settings: { RETRY_BACKOFF_S: '1', RETRY_LIMIT: '2', SLAVE_POLL_S: '1' },
})

const addProject = (project: string, more: object = {}): Promise<unknown> =>
  sample.fleet.api.ask('/add_project/', sample.payload(project, more))

const startOwnUpstream = async (options: Omit<UpstreamOptions, 'root'> = {}): Promise<Upstream> => {
  const upstream = await startUpstream({ root: temporaryFolder(), ...options })
  onTestFinished(upstream.stop)
  return upstream
}

const at = (upstream: Upstream, more: object = {}) => ({
  rsync_port: upstream.port,
  rsync_password: null,
  rsync_user: null,
  ...more,
})
const masterTree = (project: string) => path.join(sample.fleet.destRoot, project)
const slaveTree = (project: string) => path.join(sample.fleet.slaves[0]?.publicFolder ?? '', project)

describe('an upstream', () => {
  it('that is closed is tried again, and each attempt is seen in the run and its log', async () => {
    const [port] = await findFreePorts(1)
    await addProject('closed', { rsync_port: port })
    const run = await sample.fleet.api.sync('closed')
    expect(run).toMatchObject({ state: 'failed', attempt: 3, slaves: [], upstream: { state: 'failed', exit_code: 10 } })
    expect(run.error?.message).toContain('Connection refused')
    const log = await sample.fleet.api.ask(`/run_log/?run=${run.run}`)
    expect(log.match(/Connection refused/g)?.length).toBeGreaterThanOrEqual(3)
    expect(log).toContain('attempt 2 failed')
  })

  it('that comes back between two attempts is synced by the later one', async () => {
    const [port = 0] = await findFreePorts(1)
    await addProject('returning', { rsync_port: port, rsync_password: null, rsync_user: null })
    const { run } = await sample.fleet.api.ask('/syncup/?id=returning')
    await until(
      'the first attempt',
      async () => (await sample.fleet.api.ask(`/get_run/?run=${run}`)).upstream.exit_code === 10,
    )
    const upstream = await startOwnUpstream({ port })
    await makeSampleTree(upstream.folder)
    const ended = await sample.fleet.api.waitForRun(run)
    expect(ended.state).toBe('succeeded')
    expect(ended.attempt).toBeGreaterThan(1)
    expect(compareTrees(upstream.folder, slaveTree('returning'))).toBe('')
  })

  it("that hangs is given up after rsync's own time-out", async () => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    await addProject('hanging', {
      rsync_port: address !== null && typeof address === 'object' ? address.port : 0,
      rsync_options: { basic: ['--timeout=1'], defaults: ['-aH'], delete: '--delete' },
    })
    const run = await sample.fleet.api.sync('hanging')
    expect(run).toMatchObject({ state: 'failed', attempt: 3 })
    expect([30, 35]).toContain(run.upstream.exit_code)
  })

  it('that has too many connections is tried again', async () => {
    const upstream = await startOwnUpstream({ extra: ['max connections = -1'] })
    await addProject('crowded', at(upstream))
    const run = await sample.fleet.api.sync('crowded')
    expect(run).toMatchObject({ state: 'failed', upstream: { exit_code: 5 } })
    // Disabled connections are told in the same words as too many of them, and are tried again.
    expect(run.attempt).toBe(3)
  })

  it('whose files vanish while they are read is synced all the same, and the next run is clean', async () => {
    const { api } = sample.fleet
    const upstream = await startOwnUpstream()
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
    const upstream = await startOwnUpstream()
    await makeSampleTree(upstream.folder)
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
    const upstream = await startOwnUpstream()
    await makeSampleTree(upstream.folder)
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
    const upstream = await startOwnUpstream(isRoot ? { extra: ['uid = nobody', 'gid = nogroup'] } : {})
    if (isRoot)
      for (let parent = upstream.folder; parent !== '/tmp' && parent !== '/'; parent = path.dirname(parent))
        chmodSync(parent, 0o755)
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
    const upstream = await startOwnUpstream()
    await makeSampleTree(upstream.folder)
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
    const upstream = await startOwnUpstream()
    await makeSampleTree(upstream.folder)
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

describe('a disk', () => {
  const makeSmallDisk = () => {
    const root = temporaryFolder()
    const disk = path.join(root, 'mirror', 'disk')
    mkdirSync(disk, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk])
    onTestFinished(() => void execFileSync('umount', ['-l', disk]))
    return { root, disk }
  }
  const startStoppable = async (options: FleetOptions) => {
    const fleet = await startFleet(options)
    onTestFinished(async () => {
      await fleet.stop()
    })
    return fleet
  }
  const startOnSmallDisk = async (settings: Record<string, string>) => {
    const { root, disk } = makeSmallDisk()
    return startStoppable({ root, slaves: 0, settings: { DEST_ROOT: path.join(disk, 'all'), ...settings } })
  }

  it.runIf(canMount())('that is full ends the run clearly, and the store can still be written', async () => {
    const upstream = await startOwnUpstream()
    await makeSampleTree(upstream.folder)
    writeFileSync(path.join(upstream.folder, 'large.iso'), Buffer.alloc(20_000_000))
    const fleet = await startOnSmallDisk({ DISK_FLOOR_MB: '0', RETRY_LIMIT: '1', RETRY_BACKOFF_S: '1' })
    await fleet.api.ask('/add_project/', {
      project: 'large',
      rsync_host: '127.0.0.1',
      rsync_port: upstream.port,
      rsync_module: upstream.module,
      dest: fleet.destRoot,
    })
    const run = await fleet.api.sync('large')
    expect(run).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: { code: 'DISK_FULL' },
      upstream: { exit_code: 11 },
    })
    await fleet.api.ask('/create_api_user/', { username: 'still', password: 'writable' })
  })

  it.runIf(canMount())('that fills up while the next tree is filled leaves the served one untouched', async () => {
    const upstream = await startOwnUpstream()
    await makeSampleTree(upstream.folder)
    const fleet = await startOnSmallDisk({ DISK_FLOOR_MB: '0', RETRY_LIMIT: '0' })
    await fleet.api.ask('/add_project/', {
      project: 'whole',
      publish: 'atomic',
      rsync_host: '127.0.0.1',
      rsync_port: upstream.port,
      rsync_module: upstream.module,
      dest: fleet.destRoot,
    })
    expect((await fleet.api.sync('whole')).state).toBe('succeeded')
    const before = path.join(temporaryFolder(), 'before')
    execFileSync('cp', ['-a', upstream.folder, before])
    writeFileSync(path.join(upstream.folder, 'README'), 'another\n')
    writeFileSync(path.join(upstream.folder, 'large.iso'), Buffer.alloc(20_000_000))
    expect(await fleet.api.sync('whole')).toMatchObject({ state: 'failed', error: { code: 'DISK_FULL' } })
    expect(compareTrees(before, path.join(fleet.destRoot, 'whole/'))).toBe('')
    rmSync(path.join(upstream.folder, 'large.iso'))
    expect((await fleet.api.sync('whole')).state).toBe('succeeded')
    expect(compareTrees(upstream.folder, path.join(fleet.destRoot, 'whole/'))).toBe('')
  })

  it.runIf(canMount())('with less room than the floor is not begun on', async () => {
    const fleet = await startOnSmallDisk({ DISK_FLOOR_MB: '100' })
    await fleet.api.ask('/add_project/', {
      project: 'p',
      rsync_host: '127.0.0.1',
      rsync_port: 9,
      rsync_module: 'm',
      dest: fleet.destRoot,
    })
    const run = await fleet.api.sync('p')
    expect(run).toMatchObject({ state: 'failed', error: { code: 'DISK_FULL' }, upstream: { exit_code: null } })
    expect(run.error?.message).toMatch(/only \d MiB are free/)
  })

  it.runIf(canMount())('of its own is what counts for a project', async () => {
    const { root, disk } = makeSmallDisk()
    const upstream = await startOwnUpstream()
    const fleet = await startStoppable({
      root,
      slaves: 0,
      settings: { DEST_ROOT: path.join(root, 'mirror'), DISK_FLOOR_MB: '100' },
    })
    const project = { rsync_host: '127.0.0.1', rsync_port: upstream.port, rsync_module: upstream.module }
    await fleet.api.ask('/add_project/', { project: 'small', ...project, dest: disk })
    await fleet.api.ask('/add_project/', { project: 'large', ...project, dest: fleet.destRoot })
    expect(await fleet.api.sync('small')).toMatchObject({ state: 'failed', error: { code: 'DISK_FULL' } })
    expect(await fleet.api.sync('large')).toMatchObject({ state: 'blocked', error: { code: 'UPSTREAM_EMPTY' } })
  })

  it.runIf(canMount())('of a slave with less room than the floor is not filled, and the slave says so', async () => {
    const { root, disk } = makeSmallDisk()
    const upstream = await startOwnUpstream()
    await makeSampleTree(upstream.folder)
    const fleet = await startStoppable({ root, slaves: 1 })
    const [slave] = fleet.slaves
    if (slave === undefined) throw new Error('The fleet has no slave')
    await slave.process?.stop()
    await fleet.startSlave(slave, { SLAVE_PUBLIC_DIR: disk, DISK_FLOOR_MB: '100' })
    const project = { rsync_host: '127.0.0.1', rsync_port: upstream.port, rsync_module: upstream.module }
    await fleet.api.ask('/add_project/', { project: 'p', ...project, dest: fleet.destRoot })
    const run = await fleet.api.sync('p')
    const error = expect.stringMatching(/^The disk is full: only \d MiB are free at .*\. Make room on this slave/)
    expect(run).toMatchObject({ state: 'partial', slaves: [{ state: 'failed', error }] })
    expect(readdirSync(disk)).not.toContain('p')
  })

  it('that is full is known by what rsync says of it, also where none can be made', async () => {
    const root = temporaryFolder()
    const fake = path.join(root, 'rsync')
    // A stand-in for a full disk alone: it answers for its version as rsync does, and fails as rsync does there.
    writeFileSync(
      fake,
      '#!/bin/sh\ncase "$*" in --version) exec rsync --version;; *--daemon*) exec rsync "$@";; esac\necho "rsync: [receiver] write failed on \\"x\\": No space left on device (28)" >&2\nexit 11\n',
    )
    chmodSync(fake, 0o755)
    const fleet = await startFleet({ root, slaves: 0, settings: { RSYNC_BIN: fake } })
    onTestFinished(async () => {
      await fleet.stop()
    })
    await fleet.api.ask('/add_project/', {
      project: 'p',
      rsync_host: '127.0.0.1',
      rsync_module: 'm',
      dest: fleet.destRoot,
    })
    expect(await fleet.api.sync('p')).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'DISK_FULL' } })
  })
})

function canMount(): boolean {
  const folder = path.join('/tmp', `mirrorfleet-mount-${process.pid}`)
  try {
    mkdirSync(folder, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
