// A project with several upstreams: which one is used, what is kept of those that failed, and none that is behind.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { until } from '../../scripts/sample/until.ts'
import type { Upstream } from '../../scripts/sample/upstream.ts'
import { useSample } from '../helpers/sample.ts'
import { useOwnUpstreams } from '../helpers/upstreams.ts'

const sample = useSample({
  slaves: 1,
  // Whoever waits for another attempt would wait for an hour.
  settings: { RETRY_BACKOFF_S: '3600', RETRY_LIMIT: '2', MAX_CONCURRENT_SYNCS: '8', MAX_SYNCS_PER_HOST: '8' },
})
const { startEmpty } = useOwnUpstreams()

const asUpstream = ({ port, module }: Pick<Upstream, 'port' | 'module'>, more: object = {}) => ({
  rsync_host: '127.0.0.1',
  rsync_port: port,
  rsync_module: module,
  ...more,
})
const addProject = (project: string, first: object, upstreams: object[], more: object = {}) =>
  sample.fleet.api.ask('/add_project/', { project, dest: sample.fleet.destRoot, ...first, upstreams, ...more })
const onSlave = (project: string, name: string) => path.join(sample.fleet.slaves[0]?.publicFolder ?? '', project, name)

async function startWith(files: Record<string, string>, options: Parameters<typeof startEmpty>[0] = {}) {
  const upstream = await startEmpty(options)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(upstream.folder, name)), { recursive: true })
    writeFileSync(path.join(upstream.folder, name), text)
  }
  return upstream
}

describe.concurrent('a project with several upstreams', () => {
  it('goes on to the next at once when one is closed, and says so', async () => {
    const [port = 0] = await findFreePorts(1)
    const second = await startWith({ file: 'second' })
    await addProject('closed', asUpstream({ port, module: 'pub' }), [asUpstream(second)])
    const run = await sample.fleet.api.sync('closed')
    expect(run).toMatchObject({ state: 'succeeded', attempt: 1, upstream: { state: 'succeeded', upstream: 2 } })
    expect(run.upstream.error).toMatch(new RegExp(`^rsync://127\\.0\\.0\\.1:${port}/pub/: .*Connection refused`))
    expect(readFileSync(onSlave('closed', 'file'), 'utf8')).toBe('second')
  })

  it('and when one refuses the password, or has no connection left', async () => {
    const first = await startWith({ file: 'first' }, { user: 'me', password: 'right' })
    const full = await startWith({ file: 'full' }, { extra: ['max connections = -1'] })
    const third = await startWith({ file: 'third' }, { user: 'me', password: 'right too' })
    const wrong = { rsync_user: 'me', rsync_password: 'wrong' }
    const right = { rsync_user: 'me', rsync_password: 'right too' }
    await addProject('refused', asUpstream(first, wrong), [asUpstream(full), asUpstream(third, right)])
    const run = await sample.fleet.api.sync('refused')
    expect(run).toMatchObject({ state: 'succeeded', attempt: 1, upstream: { upstream: 3 } })
    expect(run.upstream.error).toContain('auth failed')
    expect(run.upstream.error).toContain('max connections')
    const [project] = await sample.fleet.api.ask('/list_projects/?id=refused')
    expect(project.upstreams.map((one: { has_password: boolean }) => one.has_password)).toEqual([false, true])
    expect(JSON.stringify([project, run])).not.toMatch(/wrong|right too/)
    const log = await sample.fleet.api.ask(`/run_log/?run=${run.run}`)
    expect(log).toContain('the next upstream is asked')
    expect(log).not.toMatch(/wrong|right too/)

    // A change of the list keeps the passwords that it does not give.
    await sample.fleet.api.ask('/update_project/basic', {
      id: 'refused',
      upstreams: [asUpstream(third, { rsync_user: 'me' })],
    })
    expect(await sample.fleet.api.sync('refused')).toMatchObject({ state: 'succeeded', upstream: { upstream: 2 } })
  })

  it('waits only when all have failed, and names them all', async () => {
    const ports = await findFreePorts(2)
    const [first, second] = ports.map((port) => asUpstream({ port, module: 'pub' }))
    await addProject('all-closed', first ?? {}, [second ?? {}], { retry_limit: 0 })
    const run = await sample.fleet.api.sync('all-closed')
    expect(run).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'UPSTREAM_FAILED' } })
    for (const port of ports) expect(run.error?.message).toContain(`rsync://127.0.0.1:${port}/pub/`)
  })

  it('never uses one that is behind what is served, and shows it', async () => {
    const first = await startWith({ lastupdate: '2000000000\n', file: 'new' })
    const second = await startWith({ lastupdate: '1999999000\n', file: 'old' })
    const layout = { layout: 'arch', publish: 'atomic', retry_limit: 0 }
    await addProject('behind', asUpstream(first), [asUpstream(second)], layout)
    expect(await sample.fleet.api.sync('behind')).toMatchObject({ state: 'succeeded', upstream: { upstream: 1 } })
    await first.stop()
    const run = await sample.fleet.api.sync('behind')
    expect(run).toMatchObject({ state: 'failed', upstream: { upstream: 2 } })
    expect(run.error?.message).toMatch(/Connection refused.* is behind: its lastupdate is of 2033-05-18T03:16:40\.000Z/)
    expect(readFileSync(onSlave('behind', 'file'), 'utf8')).toBe('new')
    const picked = await sample.fleet.api.ask('/syncup/?id=behind&upstream=2')
    expect(await sample.fleet.api.waitForRun(picked.run)).toMatchObject({ state: 'failed' })
    expect(readFileSync(onSlave('behind', 'file'), 'utf8')).toBe('new')
    // Once it has caught up it is used; only what differs is fetched.
    writeFileSync(path.join(second.folder, 'lastupdate'), '2000001000\n')
    writeFileSync(path.join(second.folder, 'file'), 'newer')
    expect(await sample.fleet.api.sync('behind')).toMatchObject({ state: 'succeeded', upstream: { upstream: 2 } })
    expect(readFileSync(onSlave('behind', 'file'), 'utf8')).toBe('newer')
  })

  it('uses the one that a request picks, and no other', async () => {
    const [port = 0] = await findFreePorts(1)
    const [first, second] = [await startWith({ one: '' }), await startWith({ two: '' })]
    const closed = asUpstream({ port, module: 'pub' })
    await addProject('picked', asUpstream(first), [asUpstream(second), closed], { retry_limit: 0 })
    const sync = async (upstream: number) => {
      const { run } = await sample.fleet.api.ask(`/syncup/?id=picked&upstream=${upstream}`)
      return sample.fleet.api.waitForRun(run)
    }
    expect(await sync(2)).toMatchObject({ state: 'succeeded', from_upstream: 2, upstream: { upstream: 2 } })
    expect(existsSync(onSlave('picked', 'two'))).toBe(true)
    expect(await sync(3)).toMatchObject({ state: 'failed', upstream: { upstream: 3 } })
    const none = await sample.fleet.api.call('/syncup/?id=picked&upstream=4')
    expect([none.status, none.body.error.message]).toEqual([400, 'upstream: the project has 3 upstreams'])
  })

  it('fails in words when the picked one is taken off the list while the run waits', async () => {
    const { api } = sample.fleet
    const first = await startWith({ large: 'x'.repeat(400_000) })
    const slow = { rsync_options: { basic: ['--bwlimit=20'] } }
    await addProject('shortened', asUpstream(first), [asUpstream(first, { rsync_host: 'localhost' })], slow)
    const { run } = await api.ask('/syncup/?id=shortened')
    await until('it to begin', async () => (await api.ask(`/get_run/?run=${run}`)).state === 'syncing')
    const next = await api.ask('/syncup/?id=shortened&upstream=2')
    await api.ask('/update_project/basic', { id: 'shortened', upstreams: [] })
    await api.ask('/stop_run/', { run })
    const ended = await api.waitForRun(next.run)
    expect(ended.error).toEqual({ code: 'UPSTREAM_FAILED', message: 'The project has no upstream 2 any more.' })
  })

  it('is refused with hosts that are none', async () => {
    const body = { project: 'x', dest: sample.fleet.destRoot, ...asUpstream({ port: 1, module: 'm' }) }
    const bad = [asUpstream({ port: 1, module: '../m' }), asUpstream({ port: 1, module: 'm' }, { rsync_host: 'a b' })]
    const { error } = (await sample.fleet.api.call('/add_project/', { ...body, upstreams: bad })).body
    expect(error.problems.map(({ field }: { field: string }) => field)).toEqual([
      'upstreams.0.rsync_module',
      'upstreams.1.rsync_host',
    ])
    expect(error.message).toMatch(/^upstreams\.0\.rsync_module: /)
  })
})
