// Disks that are full, or that have less room than the floor.

import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Fleet, type FleetOptions, startFleet } from '../../scripts/sample/fleet.ts'
import { compareTrees } from '../../scripts/sample/trees.ts'
import type { Upstream } from '../../scripts/sample/upstream.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { canMount, mountDisk } from '../helpers/mount.ts'
import { useOwnUpstreams } from '../helpers/upstreams.ts'

const { startEmpty, startFilled } = useOwnUpstreams()

describe('a disk', () => {
  const makeSmallDisk = () => {
    const root = temporaryFolder()
    const disk = path.join(root, 'mirror', 'disk')
    mountDisk(disk, '8m')
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

  const addWhole = ({ api, destRoot }: Fleet, { port, module }: Upstream) =>
    api.ask('/add_project/', {
      project: 'whole',
      publish: 'atomic',
      rsync_host: '127.0.0.1',
      rsync_port: port,
      rsync_module: module,
      dest: destRoot,
    })

  it.runIf(canMount())('that is full ends the run clearly, and the store can still be written', async () => {
    const upstream = await startFilled()
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
    const upstream = await startFilled()
    const fleet = await startOnSmallDisk({ DISK_FLOOR_MB: '0', RETRY_LIMIT: '0' })
    await addWhole(fleet, upstream)
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

  it.runIf(canMount())(
    'that what is to come would fill is left alone, and what makes room for itself comes',
    async () => {
      const upstream = await startFilled()
      const fleet = await startOnSmallDisk({ DISK_FLOOR_MB: '1', RETRY_LIMIT: '0' })
      const change = (size: number, fill: string) => {
        for (const name of ['1.iso', '2.iso', '3.iso', '4.iso', '5.iso'])
          writeFileSync(path.join(upstream.folder, name), Buffer.alloc(size / 5, fill))
      }
      change(1_500_000, 'a')
      await addWhole(fleet, upstream)
      // From the third on, what comes takes the place of an older one in the tree that is not served.
      for (const fill of ['b', 'c', 'd', 'e']) {
        expect((await fleet.api.sync('whole')).error).toBeNull()
        expect(compareTrees(upstream.folder, path.join(fleet.destRoot, 'whole/'))).toBe('')
        change(1_500_000, fill)
      }
      change(20_000_000, 'f')
      const run = await fleet.api.sync('whole')
      expect(run).toMatchObject({ state: 'failed', error: { code: 'DISK_FULL' } })
      expect(run.error?.message).toMatch(/20 MiB are to come, and only \d MiB are free/)
      expect(run.upstream.summary?.bytes_transferred ?? 0).toBeLessThan(1_000_000)
    },
  )

  it.runIf(canMount())('holds files with holes that are larger than it is', async () => {
    const upstream = await startFilled()
    const fleet = await startOnSmallDisk({ DISK_FLOOR_MB: '1', RETRY_LIMIT: '0', RSYNC_DEFAULT_OPTIONS: '-aHS' })
    await addWhole(fleet, upstream)
    expect((await fleet.api.sync('whole')).error).toBeNull()
    writeFileSync(path.join(upstream.folder, 'disk.qcow'), 'a few bytes')
    truncateSync(path.join(upstream.folder, 'disk.qcow'), 20_000_000)
    expect((await fleet.api.sync('whole')).error).toBeNull()
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
    const upstream = await startEmpty()
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
    const upstream = await startFilled()
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

  it.runIf(canMount()).each(['in_place', 'atomic'] as const)(
    'of a slave with less room than the floor does not keep it from deletes, published %s',
    async (publish) => {
      const { root, disk } = makeSmallDisk()
      const upstream = await startFilled()
      for (const name of ['gone', 'gone-too']) writeFileSync(path.join(upstream.folder, name), name)
      const fleet = await startStoppable({ root, slaves: 1 })
      const [slave] = fleet.slaves
      if (slave === undefined) throw new Error('The fleet has no slave')
      const restart = async (floor: string) => {
        await slave.process?.stop()
        await fleet.startSlave(slave, { SLAVE_PUBLIC_DIR: disk, DISK_FLOOR_MB: floor })
      }
      await restart('1')
      const project = { rsync_host: '127.0.0.1', rsync_port: upstream.port, rsync_module: upstream.module, publish }
      await fleet.api.ask('/add_project/', { project: 'p', ...project, dest: fleet.destRoot })
      expect(await fleet.api.sync('p')).toMatchObject({ state: 'succeeded' })
      await restart('100')
      const synced = { state: 'succeeded', slaves: [{ state: 'succeeded', method: 'normal' }] }
      expect(await fleet.api.sync('p')).toMatchObject(synced)
      rmSync(path.join(upstream.folder, 'gone'))
      expect(await fleet.api.sync('p')).toMatchObject(synced)
      expect(readdirSync(path.join(disk, 'p'))).not.toContain('gone')
      // What brings something still fails, and leaves the tree one that goes on by its list.
      writeFileSync(path.join(upstream.folder, 'new'), 'new')
      expect(await fleet.api.sync('p')).toMatchObject({ state: 'partial', slaves: [{ state: 'failed' }] })
      rmSync(path.join(upstream.folder, 'gone-too'))
      await restart('1')
      expect(await fleet.api.sync('p')).toMatchObject(synced)
      expect(compareTrees(upstream.folder, `${path.join(disk, 'p')}/`)).toBe('')
    },
  )

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
