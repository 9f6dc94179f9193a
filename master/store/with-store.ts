// Opens the store of a master from the command line, for one piece of work.

import { existsSync } from 'node:fs'
import path from 'node:path'
import { ExpectedError } from '../../shared/node/expected-error.ts'
import { lockFolder } from '../../shared/node/lifecycle.ts'
import { createLowdbStore } from './lowdb-store.ts'
import { Database } from './postgres/database.ts'
import { migrate } from './postgres/migrate.ts'
import { Notices } from './postgres/notices.ts'
import { createStoreIn } from './postgres/postgres-store.ts'
import type { Store } from './store.ts'

/** Thrown when a store cannot be worked on. The message says what to do. */
export class StoreRefused extends ExpectedError {}

/** What can be done with a store that is open. */
export type Verbs = Omit<Store, 'open' | 'close'>

/**
 * Does `work` with a store that exists: `file:` and the folder that holds it, which no master may have meanwhile, or
 * `postgres://`, in one transaction. There masters may go on with their own work when they may be `beside`.
 *
 * @throws {StoreRefused} when there is none, or a master is using it. @throws {FolderLockedError} likewise.
 */
export async function withStore<T>(
  url: string,
  { besideMasters }: { besideMasters: boolean },
  work: (store: Verbs) => Promise<T>,
): Promise<T> {
  if (isDatabase(url)) return inDatabase(url, besideMasters, work)
  const folder = folderOf(url)
  if (!existsSync(path.join(folder, 'store'))) throw new StoreRefused(`There is no store in ${folder}`)
  return whileLocked(folder, async () => {
    const store = createLowdbStore(path.join(folder, 'store'))
    await store.open()
    try {
      return await work(store)
    } finally {
      await store.close()
    }
  })
}

/** Does `work` while no other process may use the folder. @throws {FolderLockedError} when one does. */
export async function whileLocked<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const unlock = await lockFolder(folder)
  try {
    return await work()
  } finally {
    unlock()
  }
}

/** True for the address of a database, false for that of a folder. @throws {StoreRefused} for anything else. */
export function isDatabase(url: string): boolean {
  if (/^postgres(ql)?:\/\//.test(url)) return true
  if (url.startsWith('file:')) return false
  throw new StoreRefused(`"${hidePassword(url)}" is not a store; use file:FOLDER or postgres://user@host/database`)
}

export function folderOf(url: string): string {
  return path.resolve(url.slice('file:'.length))
}

async function inDatabase<T>(url: string, besideMasters: boolean, work: (store: Verbs) => Promise<T>): Promise<T> {
  const database = new Database(url, 2)
  try {
    await migrate(database)
    if (!besideMasters) await assertNoMaster(database, url)
    // What is told to other masters goes out with the transaction; nobody listens here.
    const notices = new Notices(database, 'command', () => {})
    return await database.whole((sql) => work(createStoreIn(sql, notices)))
  } finally {
    await database.close()
  }
}

async function assertNoMaster(database: Database, url: string): Promise<void> {
  const [first] = await database.query<{ node: string }>(
    "SELECT node FROM master WHERE state = 'up' AND seen_at > now() - interval '30 seconds'",
  )
  if (first !== undefined)
    throw new StoreRefused(`The master "${first.node}" is using ${hidePassword(url)}; stop it first`)
}

function hidePassword(url: string): string {
  return url.replace(/\/\/([^:@/]*):[^@/]*@/, '//$1:…@')
}
