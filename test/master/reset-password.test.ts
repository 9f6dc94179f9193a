// A lost password, with the master's own store.

import path from 'node:path'
import { expect, it } from 'vitest'
import { resetPassword } from '../../master/reset-password.ts'
import { createLowdbStore } from '../../master/store/lowdb-store.ts'
import { FolderLockedError, lockFolder } from '../../shared/node/lifecycle.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { startTestMaster } from '../helpers/master.ts'
import { user } from '../helpers/stored.ts'

it('is set anew, and the tokens of the user end', async () => {
  const folder = temporaryFolder()
  const store = createLowdbStore(path.join(folder, 'store'))
  await store.open()
  await store.addUser(user('root', 'root'))
  await store.close()
  const settings = { STORE_URL: `file:${folder}`, DATA_DIR: folder }
  await resetPassword(settings, 'root', 'a new one')
  const master = await startTestMaster({ DATA_DIR: folder })
  const login = { username: 'root', password: 'a new one' }
  expect((await master.ask('/list_users/', undefined, login)).status).toBe(200)
  expect((await master.ask('/audit/', undefined, login)).body).toMatchObject([
    { username: null, method: 'reset-password', target: 'root', change: [{ field: 'password', hidden: true }] },
  ])
})

it('is not set for an unknown user, nor while a master runs', async () => {
  const folder = temporaryFolder()
  const store = createLowdbStore(path.join(folder, 'store'))
  await store.open()
  await store.addUser(user('admin', 'root'))
  await store.close()
  const settings = { STORE_URL: `file:${folder}`, DATA_DIR: path.join(folder, 'data') }
  await expect(resetPassword(settings, 'admni', 'x')).rejects.toThrow('Did you mean "admin"? The users are: admin.')
  await expect(resetPassword(settings, 'admin', '')).rejects.toThrow('1 to 1024 characters')
  const unlock = await lockFolder(settings.DATA_DIR)
  await expect(resetPassword(settings, 'admin', 'x')).rejects.toThrow(FolderLockedError)
  unlock()
})
