// Links that were left in the mirror: no project reaches another one's files by them.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 0 })
const at = (...names: string[]) => path.join(sample.fleet.destRoot, ...names)

/** A request as an upstream user; resolves with the code of the error, or null. */
const asTenant = async (route: string, body: object): Promise<string | null> => {
  const login = { username: 'tenant', password: 'password of the tenant' }
  await sample.fleet.api.ask('/create_api_user/', login).catch(() => {})
  const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
  const response = await fetch(`http://127.0.0.1:${sample.fleet.ports.master}${route}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { error?: { code: string; field?: string } }
  if (answer.error !== undefined) expect(answer.error.field ?? 'dest').toBe('dest')
  return answer.error?.code ?? null
}

const addRoots = async (project: string, more: object = {}) => {
  await sample.fleet.api.ask('/add_project/', sample.payload(project, more))
  expect((await sample.fleet.api.sync(project)).state).toBe('succeeded')
}

it("no project is added or moved through a link to root's tree", async () => {
  await addRoots('precious')
  symlinkSync('precious', at('alias'))
  expect(await asTenant('/add_project/', sample.payload('pool', { dest: at('alias') }))).toBe('INVALID_PATH')
  expect(await asTenant('/add_project/', sample.payload('alias'))).toBe('INVALID_PATH')
  expect(await asTenant('/add_project/', sample.payload('tenants'))).toBeNull()
  for (const change of [{ dest: at('alias') }, { project: 'alias' }])
    expect(await asTenant('/update_project/basic/', { id: 'tenants', ...change })).toBe('INVALID_PATH')
})

it('a link that comes later ends syncs and purges before they touch anything', async () => {
  await addRoots('valued')
  const before = readdirSync(at('valued'))
  expect(await asTenant('/add_project/', sample.payload('valued2', { dest: at('deep') }))).toBeNull()
  mkdirSync(at('elsewhere', 'valued2'), { recursive: true })
  writeFileSync(at('elsewhere', 'valued2', 'kept'), 'kept')
  symlinkSync('elsewhere', at('deep'))
  const run = await sample.fleet.api.sync('valued2')
  expect(run).toMatchObject({
    state: 'failed',
    error: { message: expect.stringContaining('is a symlink to') },
  })
  expect(await asTenant('/remove_project/', { id: 'valued2', purge: true })).toBe('INVALID_PATH')
  expect(readdirSync(at('elsewhere', 'valued2'))).toEqual(['kept'])
  // The project's own folder as a link is no better.
  expect(await asTenant('/add_project/', sample.payload('valued3'))).toBeNull()
  symlinkSync('valued', at('valued3'))
  expect((await sample.fleet.api.sync('valued3')).state).toBe('failed')
  expect(await asTenant('/remove_project/', { id: 'valued3', purge: true })).toBe('INVALID_PATH')
  expect(readdirSync(at('valued'))).toEqual(before)
})

it("an atomic project's link may lead to its own tree, and to that of no other project", async () => {
  await addRoots('flipped', { publish: 'atomic' })
  expect((await sample.fleet.api.sync('flipped')).state).toBe('succeeded')
  const link = readdirSync(at('.mirrorfleet')).find((name) => name.startsWith('flipped-'))
  symlinkSync(`.mirrorfleet/${link}/a`, at('stolen'))
  expect(await asTenant('/add_project/', sample.payload('stolen'))).toBe('INVALID_PATH')
  expect(await asTenant('/add_project/', sample.payload('stolen', { publish: 'atomic' }))).toBe('INVALID_PATH')
})

it('a removed atomic project leaves a plain folder, which a new project of that name takes over', async () => {
  await addRoots('left', { publish: 'atomic' })
  await sample.fleet.api.ask('/remove_project/', { id: 'left' })
  expect(lstatSync(at('left')).isDirectory()).toBe(true)
  expect(readdirSync(at('.mirrorfleet')).filter((name) => name.startsWith('left-'))).toEqual([])
  await addRoots('left')
})

it('what an earlier version left of a removed atomic project becomes a plain folder too', async () => {
  await addRoots('older')
  await sample.fleet.api.ask('/remove_project/', { id: 'older' })
  mkdirSync(at('.mirrorfleet', 'older-abc123'), { recursive: true })
  renameSync(at('older'), at('.mirrorfleet', 'older-abc123', 'a'))
  symlinkSync('.mirrorfleet/older-abc123/a', at('older'))
  writeFileSync(at('older', 'only here'), '')
  await addRoots('older')
  expect(lstatSync(at('older')).isDirectory()).toBe(true)
  expect(existsSync(at('older', 'only here'))).toBe(false)
  expect(readFileSync(at('older', 'README'), 'utf8')).not.toBe('')
})

it('a project that an earlier version reached by a link gets the plain name, and stays where it is', async () => {
  await addRoots('linked', { dest: at('real') })
  await sample.fleet.api.ask('/update_project/basic/', { id: 'linked', dest: at('other') })
  // As an earlier version let it be: the record names a link.
  renameSync(at('other'), at('behind'))
  symlinkSync('behind', at('other'))
  expect((await sample.fleet.api.sync('linked')).state).toBe('failed')
  await sample.fleet.api.ask('/update_project/basic/', { id: 'linked', dest: at('behind') })
  expect((await sample.fleet.api.sync('linked')).state).toBe('succeeded')
  expect(readdirSync(at('behind'))).toContain('linked')
})
