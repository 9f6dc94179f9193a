// A fleet whose master moves from its own folder to PostgreSQL and back, by the command line.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type SamplePostgres, startPostgres } from '../../scripts/sample/postgres.ts'
import { programArguments } from '../../scripts/sample/program.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 1 })
let postgres: SamplePostgres

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.end())

function migrate(...args: string[]) {
  const argv = [...programArguments('cli'), 'migrate', ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  return { status, stdout, stderr }
}

const secret = (name: string) => readFileSync(path.join(sample.fleet.dataFolder, 'secrets', name), 'utf8')

it('moves everything to PostgreSQL and back, and the fleet goes on each time', async () => {
  const { api, dataFolder } = sample.fleet
  await api.ask('/add_project/', sample.payload('moved', { cron_options: { hour: 3 } }))
  await api.ask('/add_project/', sample.payload('atomic', { publish: 'atomic' }))
  await api.ask('/create_api_user/', { username: 'guest', password: 'guest password', role: 'viewer' })
  for (const id of ['moved', 'moved', 'atomic']) expect((await api.sync(id)).state).toBe('succeeded')
  const routes = ['/list_runs/', '/list_users/', '/list_projects/', '/audit/']
  const before = await Promise.all(routes.map((route) => api.ask(route)))
  const url = postgres.createDatabase('moved')
  const file = `file:${dataFolder}`

  const busy = migrate('--from', file, '--to', url, '--node', 'ftp1')
  expect([busy.status, busy.stderr]).toEqual([1, expect.stringContaining('is in use by process')])
  await sample.fleet.master.stop()
  const there = migrate('--from', file, '--to', url, '--node', 'ftp1')
  expect(there.status, there.stderr).toBe(0)
  expect(there.stdout).toContain('2 projects, 3 runs, 1 slaves, 2 users')
  expect(migrate('--from', file, '--to', url).stderr).toContain('--node is missing')
  expect(migrate('--from', file, '--to', url, '--node', 'ftp1').stderr).toContain('give --to an empty store')

  const shared = {
    STORE_URL: url,
    STORE_KEY: secret('store-key'),
    SLAVE_TOKEN: secret('slave-token'),
    MASTER_RSYNCD_PASSWORD: secret('rsyncd-password'),
    MASTER_NODE: 'ftp1',
  }
  await sample.fleet.startMaster(shared)
  expect(await api.ask('/list_runs/')).toEqual(before[0])
  expect(await api.ask('/list_users/')).toEqual(before[1])
  expect(await api.ask('/audit/')).toEqual(before[3])
  expect(before[3]).toContainEqual(expect.objectContaining({ method: 'create_api_user', target: 'guest' }))
  const moved = before[2].map((project: object) => ({ ...project, node: 'ftp1', lead: 'ftp1' }))
  expect(await api.ask('/list_projects/')).toEqual(moved)
  // The sealed password can be opened, and the slave's anchor still counts.
  expect(await api.sync('moved')).toMatchObject({ state: 'succeeded', generation: 3, slaves: [{ method: 'normal' }] })
  expect(migrate('--from', url, '--to', file).stderr).toContain('The master "ftp1" is using')
  await sample.fleet.master.stop()
  expect(migrate('--from', url, '--to', file).stderr).toContain('exists; give --to an empty folder')
  rmSync(path.join(dataFolder, 'store'), { recursive: true })

  const back = migrate('--from', url, '--to', file, '--json')
  expect(JSON.parse(back.stdout)).toMatchObject({ users: 2, slaves: 1, projects: 2, runs: 4 })
  await sample.fleet.startMaster({ MASTER_NODE: 'ftp1' })
  expect(await api.ask('/list_runs/')).toHaveLength(4)
  expect(await api.sync('atomic')).toMatchObject({ state: 'succeeded', generation: 2 })
})

it('refuses what it cannot do, and leaves nothing half done', () => {
  const folder = temporaryFolder()
  const refuse = (...args: string[]) => {
    const { status, stderr } = migrate(...args)
    expect(status).toBe(args.some((arg) => arg.includes(':secret')) ? 2 : 1)
    return stderr
  }
  const url = postgres.createDatabase('untouched')
  expect(refuse('--from', `file:${folder}`, '--to', url, '--node', 'ftp1')).toContain('There is no store in')
  expect(refuse('--from', 'ftp://nowhere', '--to', url)).toContain('is not a store')
  expect(refuse('--from', url, '--to', url)).toContain('the same store')
  const secretive = refuse('--from', `file:${folder}`, '--to', 'postgres://me:secret-of-mine@localhost/x')
  expect(secretive).toContain('PGPASSWORD')
  expect(secretive).not.toContain('secret-of-mine')
  expect(existsSync(path.join(folder, 'store'))).toBe(false)
})
