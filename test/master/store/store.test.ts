// What every store must do, tried on each of them: the documents, and a PostgreSQL of the test's own.

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { newRun } from '../../../master/records/run.ts'
import { createLowdbStore } from '../../../master/store/lowdb-store.ts'
import { Database } from '../../../master/store/postgres/database.ts'
import { Notices } from '../../../master/store/postgres/notices.ts'
import { createPostgresStore } from '../../../master/store/postgres/postgres-store.ts'
import { formatRunId, parseRunId, type Store } from '../../../master/store/store.ts'
import { type SamplePostgres, startPostgres } from '../../../scripts/sample/postgres.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { AT, addRuns, auditEntry, project, user, WISH } from '../../helpers/stored.ts'

let postgres: SamplePostgres
let databases = 0

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.end())

/** A place of its own for each test, which can be opened again. */
const PLACES = {
  lowdb: (): (() => Store) => {
    const folder = temporaryFolder()
    return () => createLowdbStore(folder)
  },
  postgres: (): (() => Store) => {
    const url = postgres.createDatabase(`store_${++databases}`)
    return () => {
      const database = new Database(url, 4)
      return createPostgresStore(database, new Notices(database, 'main', () => {}))
    }
  },
}

describe.each(['lowdb', 'postgres'] as const)('a store of %s', (kind) => {
  const openStore = async (make = PLACES[kind]()): Promise<Store & { make: () => Store }> => {
    const store = make()
    await store.open()
    let isOpen = true
    const close = async () => {
      if (isOpen) await store.close()
      isOpen = false
    }
    onTestFinished(close)
    return { ...store, close, make }
  }

  it('notes when tokens were last used, and never goes back', async () => {
    const store = await openStore()
    await store.addUser(user('root', 'root'))
    const token = { username: 'root', created_at: AT(0), label: null, last_used_at: null }
    const scope = { projects: ['p-k'], actions: ['sync' as const] }
    await store.addToken({ ...token, token_id: 'a', sha256: 'a'.repeat(64), expires_at: null, scope }, AT(1))
    await store.addToken({ ...token, token_id: 'b', sha256: 'b'.repeat(64), expires_at: AT(60), scope: null }, AT(1))
    const uses = async () =>
      Object.fromEntries((await store.listTokens()).map(({ token_id, last_used_at }) => [token_id, last_used_at]))
    await store.noteTokenUses(
      new Map([
        ['a', AT(5)],
        ['gone', AT(5)],
      ]),
    )
    expect(await uses()).toEqual({ a: AT(5), b: null })
    await store.noteTokenUses(
      new Map([
        ['a', AT(4)],
        ['b', AT(6)],
      ]),
    )
    expect(await uses()).toEqual({ a: AT(5), b: AT(6) })
    expect(await store.findToken('a'.repeat(64))).toMatchObject({
      token: { expires_at: null, scope, last_used_at: AT(5) },
    })
    // Tidies up what has expired.
    await store.addToken({ ...token, token_id: 'c', sha256: 'c'.repeat(64), expires_at: AT(999), scope: null }, AT(100))
    expect(Object.keys(await uses()).sort()).toEqual(['a', 'c'])
  })

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

    const again = await openStore(store.make)
    expect(await again.findUser('root')).toEqual(user('root', 'root'))
    expect(await again.findToken('a'.repeat(64))).toMatchObject({ token: { token_id: 't' }, user: { role: 'root' } })
    expect(await again.listSlaves()).toHaveLength(1)
    expect(await again.findProject('fedora')).toMatchObject({
      rsync_password: 'upstream secret',
      last_queued_at: AT(30),
    })
    expect(await again.listRuns({ limit: 10 })).toEqual(runs.toReversed())
  })

  it('refuses ids and folder names that are taken, in upper or lower case, and one of two added together', async () => {
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

  it('keeps the last user with the role root', async () => {
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

  it('keeps nothing of a removed project, even when something is still being written to it', async () => {
    const store = await openStore()
    await store.addProject(project('gone'))
    const [run] = await addRuns(store, 'gone-k', 1, 0)
    const removed = store.removeProject('gone-k')
    const late = store.updateProject('gone-k', (one) => ({ ...one, runs_made: 9 })).catch(() => {})
    await Promise.all([removed, late])
    if (run === undefined) throw new Error('no run')
    await expect(store.saveRun('gone-k', run, 200)).rejects.toThrow()
    await store.close()
    const again = await openStore(store.make)
    expect([await again.listProjects(), await again.findRun('gone-k-1')]).toEqual([[], null])
  })

  it('lists what was done newest first, and drops what is outdated', async () => {
    const store = await openStore()
    const change = [
      { field: 'role', before: null, after: { a: ['b'] } },
      { field: 'password', hidden: true as const },
    ]
    const entries = [
      auditEntry(1, { username: null, role: null, change }),
      auditEntry(2, { kind: 'user', target: 'fedora' }),
      auditEntry(3),
    ]
    await store.addAudit(entries.slice(0, 2))
    await store.addAudit(entries.slice(2))
    await store.addAudit([])
    expect(await store.listAudit({ limit: 10 })).toEqual(entries.toReversed())
    const fedora = { id: 'fedora', keys: [] }
    expect(await store.listAudit({ limit: 10, project: fedora })).toEqual([entries[2], entries[0]])
    expect(await store.listAudit({ limit: 1, before: entries[2]?.audit_id ?? '' })).toEqual([entries[1]])
    await store.tidyAudit(Date.parse(AT(2)) + 365 * 86_400_000)
    expect(await store.listAudit({ limit: 10 })).toEqual([entries[2], entries[1]])
  })

  it('finds what was done to a project by its key, and what has none by its id', async () => {
    const store = await openStore()
    const entries = [
      auditEntry(1),
      auditEntry(2, { project_key: 'fedora-1' }),
      auditEntry(3, { project_key: 'fedora-1', target: 'rawhide' }),
      auditEntry(4, { project_key: 'fedora-2' }),
      auditEntry(5, { kind: 'user', target: 'fedora' }),
    ]
    await store.addAudit(entries)
    const at = (...numbers: number[]) => numbers.map((number) => AT(number))
    const timesOf = async (id: string, keys: string[]) =>
      (await store.listAudit({ limit: 10, project: { id, keys } })).map((entry) => entry.at)
    expect(await timesOf('rawhide', ['fedora-1'])).toEqual(at(3, 2))
    expect(await timesOf('fedora', ['fedora-2'])).toEqual(at(4, 1))
    expect(await timesOf('other', [])).toEqual([])
    expect([...(await store.listAuditedKeys('fedora'))].sort()).toEqual(['fedora-1', 'fedora-2'])
    expect(await store.listAuditedKeys('rawhide')).toEqual(['fedora-1'])
  })

  it('keeps the newest runs only', async () => {
    const store = await openStore()
    await store.addProject(project('a'))
    const stored = await store.findProject('a')
    if (stored === null) throw new Error('no project')
    let dropped: string[] = []
    for (let number = 1; number <= 5; number++)
      dropped = await store.saveRun('a-k', newRun(`a-k-${number}`, stored, WISH, AT(number), 'main'), 3)
    expect(dropped).toEqual(['a-k-2'])
    expect(await store.findRun('a-k-2')).toBeNull()
    expect(await store.findRun('a-k-5')).toMatchObject({ run: 'a-k-5' })
  })
})

describe.each(['lowdb', 'postgres'] as const)('a store of %s', (kind) => {
  it('keeps, of runs that found nothing new in succession, the newest', async () => {
    const make = PLACES[kind]()
    let store = make()
    await store.open()
    onTestFinished(() => store.close())
    await store.addProject(project('a'))
    const stored = await store.findProject('a')
    if (stored === null) throw new Error('no project')
    const save = async (number: number, upstream: 'unchanged' | 'succeeded', state: Run['state'] = 'succeeded') => {
      const queued = newRun(`a-k-${number}`, stored, WISH, AT(number), 'main')
      await store.saveRun('a-k', queued, 5)
      await store.updateProject('a-k', (one) => ({ ...one, last_queued_at: queued.queued_at }))
      await store.saveRun('a-k', { ...queued, state, upstream: { ...queued.upstream, state: upstream } }, 5)
    }
    const numbers = async (before?: string) =>
      (await store.listRuns({ key: 'a-k', limit: 10, ...(before && { before }) })).map(
        ({ run }) => parseRunId(run)?.number,
      )
    await save(1, 'succeeded')
    await save(2, 'succeeded')
    for (let number = 3; number <= 20; number++) await save(number, 'unchanged')
    // The one before the newest may still be waited for.
    expect(await numbers()).toEqual([20, 19, 2, 1])
    await save(21, 'unchanged', 'partial')
    await save(22, 'succeeded')
    expect(await numbers()).toEqual([22, 21, 20, 2, 1])
    expect((await store.listRunNumbers('a-k')).toSorted((a, b) => a - b)).toEqual([1, 2, 20, 21, 22])
    expect(await store.findRun('a-k-19')).toBeNull()
    // A page goes on from a run that is no longer kept.
    expect(await numbers('a-k-10')).toEqual([2, 1])
    await store.close()
    store = make()
    await store.open()
    expect(await numbers()).toEqual([22, 21, 20, 2, 1])
  })
})

describe('run ids', () => {
  it('tell their project and number', () => {
    expect(parseRunId(formatRunId('fedora-1-ab12', 7))).toEqual({ key: 'fedora-1-ab12', number: 7 })
    expect(parseRunId('fedora')).toBeNull()
  })
})
