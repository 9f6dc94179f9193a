// Runs that ask before they scan: a real rsync daemon that logs what is asked of it, and real web servers.

import { rmSync, symlinkSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeSampleTree } from '../../scripts/sample/trees.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { start, UNCHANGED, WALK } from '../helpers/probed.ts'

it('keeps the logs of runs that did something, however many found nothing new since', async () => {
  const { sync, put, log, ask, project } = await start({}, {}, { LOG_RETENTION: '4', RUN_HISTORY: '5' })
  const first = await sync()
  put('lastupdate', '2')
  const second = await sync()
  for (let number = 3; number <= 10; number++) await sync()
  const { body } = await ask('/list_runs/?id=p')
  const kept = [first.run.replace(/1$/, '10'), first.run.replace(/1$/, '9'), second.run, first.run]
  expect(body.map(({ run }: Run) => run)).toEqual(kept)
  for (const run of kept) expect(await log({ ...first, run })).toMatch(/./)
  expect(await project()).toMatchObject({ last_run: { run: kept[0] } })
})

describe.each(['in_place', 'atomic'] as const)('a project with a probe of a file, published %s', (publish) => {
  it('is not walked while the file is the same, and its last success moves', async () => {
    const { asked, sync, put, project, log, ask } = await start({ publish })
    const first = await asked(sync)
    expect(first.run).toMatchObject({ ...WALK, generation: 1 })
    expect(first.paths[0]).toBe('pub/lastupdate')
    expect(first.paths).toContain('pub/')
    const after = await project()

    const second = await asked(sync)
    expect(second.run).toMatchObject({ ...UNCHANGED, generation: 1, attempt: 1, slaves: [] })
    expect(second.paths).toEqual(['pub/lastupdate'])
    expect(await log(second.run)).toContain('the probe found nothing new; the upstream is not scanned')
    const now = await project()
    expect(now).toMatchObject({ generation: 1, last_run: { run: second.run.run, state: 'succeeded' } })
    expect(Date.parse(now.last_success_at)).toBeGreaterThan(Date.parse(after.last_success_at))
    expect(now.last_success_at).toBe(second.run.finished_at)
    expect((await ask('/status.json', undefined, null)).body).toMatchObject([{ name: 'p', status: 'success' }])
    expect((await ask('/metrics')).body).toContain('mirrorfleet_unchanged_runs_total{project="p"} 1')

    put('new', 'new')
    expect((await asked(sync)).paths).toEqual(['pub/lastupdate'])
    put('lastupdate', '2')
    const changed = await asked(sync)
    expect(changed.run).toMatchObject({ ...WALK, generation: 2, upstream: { ...WALK.upstream, drift: null } })
    expect(changed.paths).toContain('pub/')
    expect(await sync()).toMatchObject(UNCHANGED)
  })

  it('is scanned by full, forced and dry runs, and after a change of its settings', async () => {
    const { sync, asked, ask } = await start({ publish })
    await sync()
    expect(await sync('&mode=full')).toMatchObject(WALK)
    expect(await sync('&force=true')).toMatchObject(WALK)
    const dry = await asked(() => sync('&dry_run=true'))
    expect(dry.run).toMatchObject({ state: 'succeeded', dry_run: true, upstream: { state: 'succeeded' } })
    expect(dry.paths).not.toContain('pub/lastupdate')
    expect(await sync()).toMatchObject(UNCHANGED)
    const rsync_options = { basic: ['--exclude=none'], defaults: ['-aH'], delete: '--delete' }
    await ask('/update_project/basic/', { id: 'p', rsync_options })
    expect(await sync()).toMatchObject(WALK)
    expect(await sync()).toMatchObject(UNCHANGED)
  })

  it('is scanned after some days all the same, and what the probe missed is counted', async () => {
    const { sync, put, later, log, ask } = await start({ publish }, {}, { UPSTREAM_WALK_DAYS: '3' })
    await sync()
    put('one', '1')
    put('two', '2')
    later(2.9)
    expect(await sync()).toMatchObject(UNCHANGED)
    later(0.2)
    const walked = await sync()
    expect(walked).toMatchObject({ ...WALK, upstream: { ...WALK.upstream, drift: 2 } })
    expect(await log(walked)).toContain('the scan found 2 changes that it missed')
    expect((await ask('/metrics')).body).toContain('mirrorfleet_probe_missed_files_total{project="p"} 2')
    later(2.9)
    expect(await sync()).toMatchObject(UNCHANGED)
    later(0.2)
    expect(await sync()).toMatchObject({ ...WALK, upstream: { ...WALK.upstream, drift: 0 } })
  })

  it('is scanned when the probe fails, with a warning', async () => {
    const { sync, put, upstream, log } = await start({ publish })
    await sync()
    rmSync(path.join(upstream.folder, 'lastupdate'))
    put('new', 'new')
    for (const added of [1, 0]) {
      const run = await sync()
      expect(run).toMatchObject({ ...WALK, upstream: { ...WALK.upstream, summary: { added } } })
      expect(run.upstream.error).toContain('The probe of lastupdate failed, so the upstream was scanned')
      expect(await log(run)).toContain('[warning: the probe failed')
    }
    put('lastupdate', '3')
    expect(await sync()).toMatchObject({ ...WALK, upstream: { ...WALK.upstream, error: null } })
    expect(await sync()).toMatchObject(UNCHANGED)
  })

  it('is scanned after a run that was blocked, until one succeeds', async () => {
    const { sync, put, upstream } = await start({ publish })
    await sync()
    rmSync(upstream.folder, { recursive: true })
    await makeSampleTree(path.join(upstream.folder, 'elsewhere'))
    put('lastupdate', '2')
    expect(await sync()).toMatchObject({ state: 'blocked', error: { code: 'DELETE_GUARD' } })
    expect(await sync()).toMatchObject({ state: 'blocked' })
    expect(await sync('&force=true')).toMatchObject(WALK)
    expect(await sync()).toMatchObject(UNCHANGED)
  })

  it('is scanned when its tree on the master is gone', async () => {
    const { sync, folder, log } = await start({ publish })
    await sync()
    rmSync(path.join(folder, 'mirror'), { recursive: true })
    const run = await sync()
    expect(run.upstream.state).not.toBe('unchanged')
    expect(await log(run)).toContain('the tree is not where it was')
  })

  it('follows links, logs in, and compares only size and time of a file that is large', async () => {
    const login = { user: 'mirror', password: 'secret of the upstream' }
    const fields = { publish, rsync_user: login.user, rsync_password: login.password, probe: { file: 'trace/master' } }
    const { sync, asked, upstream, put, log } = await start(fields, login)
    const large = (text: string) => {
      put('large', text.repeat(1_500_000))
      utimesSync(path.join(upstream.folder, 'large'), 1_700_000_000, 1_700_000_000)
    }
    large('a')
    await makeSampleTree(path.join(upstream.folder, 'trace'))
    symlinkSync('../large', path.join(upstream.folder, 'trace', 'master'))
    await sync()
    large('b')
    const second = await asked(sync)
    expect(second.run).toMatchObject(UNCHANGED)
    expect(second.paths).toEqual(['pub/trace/master', 'pub/trace/master'])
    expect(await log(second.run)).not.toContain(login.password)
    put('large', 'c')
    expect(await sync()).toMatchObject(WALK)
    // Same size, another time: the content counts, and so does the time.
    expect(await sync()).toMatchObject(UNCHANGED)
    utimesSync(path.join(upstream.folder, 'large'), 1_700_000_000, 1_700_000_000)
    expect(await sync()).toMatchObject(WALK)
    put('large', 'd')
    utimesSync(path.join(upstream.folder, 'large'), 1_700_000_000, 1_700_000_000)
    expect(await sync()).toMatchObject(WALK)
  })
})

describe('a rollback', () => {
  it('is followed by a run that scans', async () => {
    const { sync, put, ask, waitFor, project } = await start({ publish: 'atomic' })
    await sync()
    put('lastupdate', '2')
    await sync()
    expect(await sync()).toMatchObject(UNCHANGED)
    await waitFor((await ask('/rollback_project/', { id: 'p' })).body.run)
    expect(await project()).toMatchObject({ published_generation: 1 })
    expect(await sync()).toMatchObject({ ...WALK, generation: 3 })
    expect(await sync()).toMatchObject({ ...UNCHANGED, generation: 3 })
  })
})
