// An upstream whose own tools say that they are writing to it: it is left alone until they have ended.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { until } from '../../scripts/sample/until.ts'
import type { Upstream } from '../../scripts/sample/upstream.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { startHops } from '../helpers/hops.ts'
import { useSample } from '../helpers/sample.ts'
import { useOwnUpstreams } from '../helpers/upstreams.ts'

const LOCK = 'Archive-Update-in-Progress-here.example.org'

// It is looked at every second.
const sample = useSample({ slaves: 1, settings: { UPSTREAM_WAIT_S: '60', MAX_SYNCS_PER_HOST: '8' } })
const impatient = useSample({ slaves: 0, settings: { UPSTREAM_WAIT_S: '1' } })
const { startFilled } = useOwnUpstreams()

const addressOf = ({ port, module }: Upstream) => ({
  rsync_host: '127.0.0.1',
  rsync_port: port,
  rsync_module: module,
})
const add = (project: string, upstream: Upstream, more: object = {}) =>
  sample.fleet.api.ask('/add_project/', {
    project,
    dest: sample.fleet.destRoot,
    layout: 'debian',
    ...addressOf(upstream),
    ...more,
  })
const lock = (upstream: Upstream, name = LOCK) => path.join(upstream.folder, name)
const onMaster = (project: string) => path.join(sample.fleet.destRoot, project)
const onSlave = (project: string) => path.join(sample.fleet.slaves[0]?.publicFolder ?? '', project)

/** The run when it has been seen to wait. */
const startWaiting = async (project: string) => {
  const { api } = sample.fleet
  const { run } = await api.ask(`/syncup/?id=${project}`)
  const waiting = await until('it to wait', async () => {
    const seen = await api.ask(`/get_run/?run=${run}`)
    return typeof seen.upstream.next_attempt_at === 'string' && seen
  })
  return { run, waiting }
}

describe.concurrent('an upstream that is being updated', () => {
  it('is waited for, without an attempt, and what says so is never mirrored', async () => {
    const { api } = sample.fleet
    const upstream = await startFilled()
    await add('waits', upstream)
    writeFileSync(lock(upstream), '')
    const { run, waiting } = await startWaiting('waits')
    expect(waiting).toMatchObject({ state: 'syncing', attempt: 1, upstream: { attempt_limit: null } })
    expect(waiting.upstream.error).toBe(`The upstream is being updated: it has "${LOCK}".`)
    expect(existsSync(path.join(onMaster('waits'), 'README'))).toBe(false)
    rmSync(lock(upstream))
    expect(await api.waitForRun(run)).toMatchObject({
      state: 'succeeded',
      attempt: 1,
      upstream: { error: null, next_attempt_at: null },
    })
  })

  it('can be waited for no longer: the run is stopped', async () => {
    const { api } = sample.fleet
    const upstream = await startFilled()
    await add('stopped', upstream)
    writeFileSync(lock(upstream), '')
    const { run } = await startWaiting('stopped')
    await api.ask('/stop_run/', { run })
    expect((await api.waitForRun(run)).state).toBe('stopped')
  })

  it('is known by the names of the project, which go where they were mirrored before', async () => {
    const { api } = sample.fleet
    const upstream = await startFilled()
    writeFileSync(lock(upstream, 'UPDATING'), '')
    for (const publish of ['in_place', 'atomic']) {
      const id = `known-${publish}`
      await add(id, upstream, { wait_for: [], publish, verify: 'off' })
      expect((await api.sync(id)).state).toBe('succeeded')
      expect(existsSync(path.join(onSlave(id), 'UPDATING'))).toBe(true)
    }
    await api.ask('/update_project/basic/', { id: 'known-atomic', wait_for: ['UPDAT*'] })
    await api.ask('/update_project/basic/', { id: 'known-in_place', wait_for: ['*DATING', 'a?c'] })
    const { run } = await startWaiting('known-atomic')
    rmSync(lock(upstream, 'UPDATING'))
    expect((await api.waitForRun(run)).state).toBe('succeeded')
    expect((await api.sync('known-in_place')).state).toBe('succeeded')
    for (const publish of ['in_place', 'atomic'])
      for (const tree of [onMaster, onSlave])
        expect(existsSync(path.join(tree(`known-${publish}`), 'UPDATING'))).toBe(false)
  })

  it('is looked at all the same by a dry run, without the file', async () => {
    const { api } = sample.fleet
    const upstream = await startFilled()
    await add('dry', upstream, { wait_for: ['README'] })
    const dry = await api.sync('dry', '&dry_run=true')
    expect(dry).toMatchObject({ state: 'succeeded', dry_run: true })
    const log = await api.ask(`/run_log/?run=${dry.run}`)
    expect(log).toContain('README.copy')
    expect(log).not.toMatch(/\tREADME\t/)
  })

  it('is passed over where there is another one', async () => {
    const { api } = sample.fleet
    const [first, second] = [await startFilled(), await startFilled()]
    writeFileSync(lock(first), '')
    await add('other', first, { upstreams: [addressOf(second)] })
    const run = await api.sync('other')
    expect(run).toMatchObject({ state: 'succeeded', attempt: 1, upstream: { upstream: 2 } })
    expect(run.upstream.error).toContain(LOCK)
  })

  it('ends the run when it does not end', async () => {
    const { api, destRoot } = impatient.fleet
    const upstream = await startFilled()
    writeFileSync(lock(upstream), '')
    await api.ask('/add_project/', { project: 'late', dest: destRoot, layout: 'debian', ...addressOf(upstream) })
    const run = await api.sync('late')
    expect(run).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'UPSTREAM_FAILED' } })
    expect(run.error?.message).toMatch(/The upstream is being updated.*has waited for 1 s \(UPSTREAM_WAIT_S\)/)
  })
})

it('is not said by a server that tells of more than it was asked for', async () => {
  // It is rsync, but it lists whatever there is.
  const bin = path.join(temporaryFolder(), 'rsync')
  const words = 'for word; do shift; case $word in --include=*|--exclude=*) ;; *) set -- "$@" "$word" ;; esac; done'
  writeFileSync(bin, `#!/bin/sh\ncase "$*" in *--list-only*) ${words} ;; esac\nexec rsync "$@"\n`, { mode: 0o755 })
  const hops = await startHops({ project: { wait_for: ['UPDATING'] }, settings: { RSYNC_BIN: bin } })
  writeFileSync(path.join(hops.upstream, 'README'), 'here')
  expect(await hops.pull()).toMatchObject({ code: null })
  writeFileSync(path.join(hops.upstream, 'UPDATING'), '')
  expect(await hops.pull()).toMatchObject({ isUpdating: true })
})

it.each(['in_place', 'atomic'] as const)(
  'is seen where it begins while a tree is pulled that is published %s',
  async (publish) => {
    const hops = await startHops({ project: { publish, wait_for: ['UPDATING'] } })
    const lockFile = path.join(hops.upstream, 'UPDATING')
    writeFileSync(path.join(hops.upstream, 'README'), 'first')
    const lockWhilePulled = () => {
      hops.onLine((line) => {
        if (line.startsWith('$') && line.includes('/pub/')) writeFileSync(lockFile, '')
      })
    }
    for (const text of ['first', 'second, which is longer']) {
      writeFileSync(path.join(hops.upstream, 'README'), text)
      lockWhilePulled()
      const cut = await hops.pull()
      expect(cut).toMatchObject({
        isUpdating: true,
        error: expect.stringContaining('It began while the upstream was read.'),
      })
      // Of an atomic project nothing of it is served.
      if (publish === 'atomic' && text !== 'first')
        expect(readFileSync(path.join(hops.master(), 'README'), 'utf8')).toBe('first')
      hops.onLine(() => {})
      rmSync(lockFile)
      expect(await hops.pull()).toMatchObject({ code: null })
      expect((await hops.fanOut()).result.outcome).toBe('success')
      for (const tree of [hops.master(), hops.slave()]) {
        expect(readFileSync(path.join(tree, 'README'), 'utf8')).toBe(text)
        expect(existsSync(path.join(tree, 'UPDATING'))).toBe(false)
      }
    }
  },
)
