import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ProjectDocument } from '../../../master/store/documents.ts'
import { createLowdbStore } from '../../../master/store/lowdb-store.ts'
import { formatRunId, parseRunId, type Store } from '../../../master/store/store.ts'
import { newRun } from '../../../master/sync/run-record.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const WISH = { trigger: 'explicit', mode: 'sync', dryRun: false, force: false } as const
const AT = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()

const project = (id: string, more: Partial<StoredProject> = {}): StoredProject => ({
  id,
  project: id,
  key: `${id.toLowerCase()}-k`,
  owner: 'root',
  enabled: true,
  rsync_host: 'example.org',
  rsync_port: 873,
  rsync_module: 'm',
  rsync_user: null,
  rsync_password: 'upstream secret',
  dest: '/mirror',
  rsync_options: { basic: [], defaults: ['-a'], delete: '' },
  cron_options: null,
  next_run_time: null,
  publish: 'in_place',
  stages: 'single',
  delete_guard_percent: null,
  generation: 0,
  total_files: null,
  total_size: null,
  last_run: null,
  last_success_at: null,
  created_at: AT(0),
  webhooks: [],
  runs_made: 0,
  last_queued_at: null,
  active_runs: [],
  due_again: false,
  publish_quorum: null,
  publish_timeout_s: null,
  tag: null,
  anchors: {},
  published: null,
  ...more,
})

const user = (username: string, role: 'root' | 'viewer') => ({ username, role, password_hash: 'x', created_at: AT(0) })

const openStore = async (folder = temporaryFolder()): Promise<Store & { folder: string }> => {
  const store = createLowdbStore(folder)
  await store.open()
  return { ...store, folder }
}

const addRuns = async (store: Store, key: string, count: number, firstSecond: number): Promise<Run[]> => {
  const stored = await store.findProjectByKey(key)
  if (stored === null) throw new Error('no project')
  const runs: Run[] = []
  for (let number = 1; number <= count; number++) {
    const run = newRun(formatRunId(key, number), stored, WISH, AT(firstSecond + number * 10))
    await store.saveRun(key, run, 200)
    await store.updateProject(key, (one) => ({ ...one, last_queued_at: run.queued_at }))
    runs.push(run)
  }
  return runs
}

describe('lowdb store', () => {
  it('reads back all that was written', async () => {
    const store = await openStore()
    await store.addUser(user('root', 'root'))
    await store.addToken(
      { token_id: 't', username: 'root', sha256: 'a'.repeat(64), created_at: AT(0), expires_at: AT(60) },
      AT(1),
    )
    await store.addSlave({ id: 'one:7000', hostname: 'one', port: 7000, upstream: null, created_at: AT(0) })
    await store.addProject(project('fedora'))
    const runs = await addRuns(store, 'fedora-k', 3, 0)
    await store.close()

    const again = await openStore(store.folder)
    expect(await again.findUser('root')).toEqual(user('root', 'root'))
    expect(await again.findToken('a'.repeat(64))).toMatchObject({ token_id: 't' })
    expect(await again.listSlaves()).toHaveLength(1)
    expect(await again.findProject('fedora')).toMatchObject({
      rsync_password: 'upstream secret',
      last_queued_at: AT(30),
    })
    expect(await again.listRuns({ limit: 10 })).toEqual(runs.toReversed())
  })

  it('refuses ids and folder names that are taken, by case too, and of two at once one', async () => {
    const store = await openStore()
    await store.addProject(project('Fedora'))
    await expect(store.addProject(project('fedora', { key: 'other' }))).rejects.toMatchObject({
      code: 'PROJECT_EXISTS',
    })
    await expect(store.addProject(project('rawhide', { project: 'FEDORA' }))).rejects.toMatchObject({
      code: 'PROJECT_EXISTS',
    })
    const both = await Promise.allSettled([
      store.addProject(project('debian', { key: 'd1' })),
      store.addProject(project('debian', { key: 'd2' })),
    ])
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await store.listProjects()).toHaveLength(2)
  })

  it('renames: the old id is free, the new one is taken', async () => {
    const store = await openStore()
    await store.addProject(project('old'))
    await store.updateProject('old-k', (one) => ({ ...one, id: 'new', project: 'new' }))
    expect(await store.findProject('old')).toBeNull()
    expect(await store.findProject('new')).toMatchObject({ key: 'old-k' })
    await store.addProject(project('old', { key: 'old-2' }))
    await expect(store.updateProject('old-2', (one) => ({ ...one, id: 'new' }))).rejects.toMatchObject({
      code: 'PROJECT_EXISTS',
    })
  })

  it('never loses the last root', async () => {
    const store = await openStore()
    await store.addUser(user('root', 'root'))
    await store.addUser(user('guest', 'viewer'))
    await expect(store.removeUser('root')).rejects.toMatchObject({ code: 'LAST_ROOT' })
    await expect(store.updateUser('root', { role: 'viewer' })).rejects.toMatchObject({ code: 'LAST_ROOT' })
    await expect(store.addUser(user('guest', 'viewer'))).rejects.toMatchObject({ code: 'USER_EXISTS' })
    await expect(store.removeUser('nobody')).rejects.toMatchObject({ code: 'USER_NOT_FOUND' })
  })

  it('lists runs newest first, by state, a page at a time, over all projects', async () => {
    const store = await openStore()
    for (const id of ['a', 'b', 'c']) await store.addProject(project(id))
    const [a, b] = [await addRuns(store, 'a-k', 5, 0), await addRuns(store, 'b-k', 5, 5)]
    const failed: Run = { ...(a[1] as Run), state: 'failed' }
    await store.saveRun('a-k', failed, 200)
    const all = await store.listRuns({ limit: 100 })
    expect(all.map((run) => run.run)).toEqual([4, 3, 2, 1, 0].flatMap((index) => [b[index]?.run, a[index]?.run]))
    const page = await store.listRuns({ limit: 3 })
    const next = await store.listRuns({ limit: 3, before: page.at(-1)?.run ?? '' })
    expect([...page, ...next]).toEqual(all.slice(0, 6))
    expect(await store.listRuns({ limit: 10, state: 'failed' })).toEqual([failed])
    expect((await store.listRuns({ limit: 10, key: 'a-k' })).map((run) => run.id)).toEqual(['a', 'a', 'a', 'a', 'a'])
    expect(await store.listRuns({ limit: 10, before: 'nothing-1' })).toEqual([])
  })

  it('keeps the newest runs only', async () => {
    const store = await openStore()
    await store.addProject(project('a'))
    const stored = await store.findProject('a')
    if (stored === null) throw new Error('no project')
    let dropped: string[] = []
    for (let number = 1; number <= 5; number++)
      dropped = await store.saveRun('a-k', newRun(`a-k-${number}`, stored, WISH, AT(number)), 3)
    expect(dropped).toEqual(['a-k-2'])
    expect(await store.findRun('a-k-2')).toBeNull()
    expect(await store.findRun('a-k-5')).toMatchObject({ run: 'a-k-5' })
  })

  it('writes only the document that changed', async () => {
    const store = await openStore()
    for (let number = 0; number < 20; number++) await store.addProject(project(`p${number}`))
    const before = readdirSync(path.join(store.folder, 'projects')).map((name) => [
      name,
      readFileSync(path.join(store.folder, 'projects', name), 'utf8'),
    ])
    await store.updateProject('p7-k', (one) => ({ ...one, enabled: false }))
    const changed = before.filter(
      ([name, text]) => readFileSync(path.join(store.folder, 'projects', String(name)), 'utf8') !== text,
    )
    expect(changed.map(([name]) => name)).toEqual(['p7-k.json'])
  })

  it('stops the start on a corrupt project and leaves it as it is', async () => {
    const store = await openStore()
    await store.addProject(project('a'))
    await store.updateProject('a-k', (one) => one)
    const file = path.join(store.folder, 'projects', 'a-k.json')
    writeFileSync(file, '{"version":1,"data":{"id":"a"}}')
    await expect(openStore(store.folder)).rejects.toThrow(`${file}.bak`)
    expect(readFileSync(file, 'utf8')).toBe('{"version":1,"data":{"id":"a"}}')
  })

  it('reads 10,000 projects back in seconds', async () => {
    const folder = temporaryFolder()
    await openStore(folder)
    for (let number = 0; number < 10_000; number++) {
      writeFileSync(
        path.join(folder, 'projects', `p${number}-k.json`),
        JSON.stringify({ version: ProjectDocument.version, data: project(`p${number}`) }),
      )
    }
    const started = performance.now()
    const store = await openStore(folder)
    expect(performance.now() - started).toBeLessThan(10_000)
    expect(await store.listProjects()).toHaveLength(10_000)
  })
})

describe('run ids', () => {
  it('tell their project and number', () => {
    expect(parseRunId(formatRunId('fedora-1-ab12', 7))).toEqual({ key: 'fedora-1-ab12', number: 7 })
    expect(parseRunId('fedora')).toBeNull()
  })
})
