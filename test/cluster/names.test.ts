// A master whose name another process takes, on a PostgreSQL of the tests' own: it ends its runs and begins nothing until it has the name again.

import { rmSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { type Masters, startMasters } from '../../scripts/sample/masters.ts'
import { type SamplePostgres, startPostgres } from '../../scripts/sample/postgres.ts'
import { makeSampleTree } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import { startUpstream, type Upstream } from '../../scripts/sample/upstream.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { commandLinesWith } from '../helpers/processes.ts'

let root = ''
let postgres: SamplePostgres
let upstream: Upstream
let fleet: Masters

beforeAll(async () => {
  root = temporaryFolder(true)
  postgres = await startPostgres()
  upstream = await startUpstream({ root: path.join(root, 'upstream') })
  await makeSampleTree(upstream.folder)
  const storeUrl = postgres.createDatabase('names')
  fleet = await startMasters({ root, storeUrl, nodes: ['one'], slaves: 0, sharedDisk: false })
})
afterAll(async () => {
  await fleet?.stop()
  await upstream?.stop()
  await postgres?.end()
  rmSync(root, { recursive: true, force: true })
})

/** Waits for the name like a second master would, and gets it when the session of the first ends. Returns what lets go. */
async function takeName(): Promise<() => Promise<void>> {
  const usurper = new pg.Client(fleet.storeUrl)
  await usurper.connect()
  const taken = usurper.query("SELECT pg_advisory_lock(hashtext('mirrorfleet master'), hashtext('one'))")
  const killer = new pg.Client(fleet.storeUrl)
  await killer.connect()
  onTestFinished(() => killer.end())
  await until('it to wait', async () => {
    const { rows } = await killer.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    return rows.length === 1
  })
  // As a restart of the database ends it.
  await killer.query(
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2",
  )
  await taken
  return () => usurper.end()
}

it('is fenced while another process has its name, and goes on when it has it again', async () => {
  const [one] = fleet.masters
  if (one === undefined) throw new Error('one master is needed')
  const { api } = one
  await api.ask('/add_project/', {
    project: 'named',
    rsync_host: '127.0.0.1',
    rsync_port: upstream.port,
    rsync_module: upstream.module,
    rsync_options: { basic: ['--bwlimit=20'] },
    dest: one.destRoot,
  })
  const { run } = await api.ask('/syncup/?id=named')
  await until('it to run', async () => (await api.ask(`/get_run/?run=${run}`)).state === 'syncing')

  const letGo = await takeName()
  const { body } = await until('it to notice', async () => {
    const answer = await api.call('/readyz')
    return answer.status === 503 && answer.body.problems.join().includes('Another process') ? answer : null
  })
  expect(body.problems).toEqual([expect.stringContaining('works under the name "one" on this database')])
  const ended = await api.waitForRun(run)
  expect(ended).toMatchObject({
    state: 'interrupted',
    error: { message: expect.stringContaining('lost its name to another process') },
  })
  await until(
    'its rsync to end',
    () => commandLinesWith(one.destRoot).filter((line) => line.includes('bwlimit')).length === 0,
  )
  const moved = await api.call('/update_project/basic/', { id: 'named', project: 'renamed' })
  expect([moved.status, moved.body.error.code]).toEqual([503, 'MASTER_DOWN'])
  const { run: waiting } = await api.ask('/syncup/?id=named')

  const released = new Date().toISOString()
  await letGo()
  await until('it to be ready', async () => (await api.call('/readyz')).status === 200)
  const begun = await until('it to begin', async () => {
    const seen = await api.ask(`/get_run/?run=${waiting}`)
    return seen.state === 'syncing' ? seen : null
  })
  expect(begun.started_at > released).toBe(true)
  await api.ask('/stop_run/', { run: waiting })
  expect((await api.call('/update_project/basic/', { id: 'named', project: 'renamed' })).status).toBe(200)
})

it('is not fenced when the session that held the name is gone and nobody else wants it', async () => {
  const { api } = fleet.masters[0] ?? {}
  if (api === undefined) throw new Error('one master is needed')
  const { run } = await api.ask('/syncup/?id=renamed')
  await until('it to run', async () => (await api.ask(`/get_run/?run=${run}`)).state === 'syncing')
  await postgres.stop('fast')
  await postgres.start()
  await until('it to be ready', async () => (await api.call('/readyz')).status === 200)
  expect(await api.ask(`/get_run/?run=${run}`)).toMatchObject({ state: 'syncing' })
  await api.ask('/stop_run/', { run })
})
