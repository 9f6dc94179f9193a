// When a store begins an epoch: at each start that may follow a restore, and at no other.

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createLowdbStore } from '../../../master/store/lowdb-store.ts'
import { Database } from '../../../master/store/postgres/database.ts'
import { Notices } from '../../../master/store/postgres/notices.ts'
import { createPostgresStore } from '../../../master/store/postgres/postgres-store.ts'
import type { Store } from '../../../master/store/store.ts'
import { type SamplePostgres, startPostgres } from '../../../scripts/sample/postgres.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

/** Opens a store; it is closed by `close`, or with the test. */
async function open(store: Store): Promise<{ epoch: () => Promise<number>; close: () => Promise<void> }> {
  await store.open()
  let isOpen = true
  const close = async () => {
    if (isOpen) await store.close()
    isOpen = false
  }
  onTestFinished(close)
  return { epoch: store.epoch, close }
}

describe('a store in files', () => {
  it('begins an epoch at each start, also when its clock was set back', async () => {
    const folder = temporaryFolder()
    const epochs: number[] = []
    for (const now of [5_000, 9_000, 9_000, 1]) {
      const { epoch, close } = await open(createLowdbStore(folder, () => now))
      epochs.push(await epoch())
      await close()
    }
    expect(epochs).toEqual([5_000, 9_000, 9_001, 9_002])
  })
})

describe('a store on PostgreSQL', () => {
  let postgres: SamplePostgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.end())

  const master = (url: string, node: string) => {
    const database = new Database(url, 4)
    return open(createPostgresStore(database, new Notices(database, node, () => {})))
  }

  it('keeps its epoch when a master joins another one, and begins one when a master starts alone', async () => {
    const url = postgres.createDatabase('joined')
    const one = await master(url, 'one')
    const first = await one.epoch()
    const two = await master(url, 'two')
    expect(await two.epoch()).toBe(first)
    await one.close()
    const again = await master(url, 'one')
    expect(await again.epoch()).toBe(first)
    await again.close()
    await two.close()
    expect(await (await master(url, 'two')).epoch()).toBeGreaterThan(first)
  })

  it('begins an epoch when it was restored from a dump, however many masters start at once', async () => {
    const url = postgres.createDatabase('dumped')
    const before = await master(url, 'one')
    const first = await before.epoch()
    await before.close()
    postgres.copyDatabase('dumped', 'dump')
    const since = await master(url, 'one')
    const second = await since.epoch()
    await since.close()
    postgres.copyDatabase('dump', 'dumped')
    const [one, two] = await Promise.all([master(url, 'one'), master(url, 'two')])
    const epoch = await one.epoch()
    expect(first).toBeLessThan(second)
    expect(epoch).toBeGreaterThan(second)
    expect(await two.epoch()).toBe(epoch)
  })
})
