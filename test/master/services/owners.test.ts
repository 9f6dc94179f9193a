// A project whose owner changes while a request of the owner before is under way.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../../master/store/store.ts'
import { startTestMaster, type TestMaster } from '../../helpers/master.ts'
import { addUnreachable } from '../../helpers/runs.ts'

const ANNA = { username: 'anna', role: 'upstreamuser', expiresAt: null } as const
const BASICS = { rsync_host: 'upstream.example.org', rsync_module: 'pub' }

/** Does something once, before the store does what it is asked for. */
function justBefore<Verb extends 'updateProject' | 'findProjectByKey' | 'addProject' | 'removeProject'>(
  store: Store,
  verb: Verb,
  work: () => Promise<unknown>,
): void {
  const itself = store[verb] as (...values: unknown[]) => Promise<unknown>
  const once = async (...values: unknown[]) => {
    Object.assign(store, { [verb]: itself })
    await work()
    return itself(...values)
  }
  Object.assign(store, { [verb]: once })
}

const withProject = async (): Promise<TestMaster> => {
  const master = await startTestMaster()
  await master.addUser('anna', 'upstreamuser')
  await master.context.projects.add(ANNA, { project: 'hers', dest: `${master.folder}/mirror`, ...BASICS })
  mkdirSync(path.join(master.folder, 'mirror', 'hers'))
  return master
}
const toRoot = ({ context }: TestMaster) => {
  const key = async () => (await context.store.findProject('hers'))?.key ?? ''
  return async () => context.store.updateProject(await key(), (project) => ({ ...project, owner: 'root' }))
}

describe('what the owner before asks for is refused', () => {
  it.each([
    ['an update', ({ context }: TestMaster) => context.projects.update(ANNA, { id: 'hers', rsync_module: 'other' })],
    ['another name', ({ context }: TestMaster) => context.projects.update(ANNA, { id: 'hers', project: 'other' })],
    ['a schedule', ({ context }: TestMaster) => context.projects.updateSchedule(ANNA, 'hers', { minute: '5' })],
    ['disabling', ({ context }: TestMaster) => context.projects.setEnabled(ANNA, 'hers', false)],
  ])('for %s', async (_name, ask) => {
    const master = await withProject()
    justBefore(master.context.store, 'updateProject', toRoot(master))
    await expect(ask(master)).rejects.toThrow(expect.objectContaining({ code: 'NOT_OWNER' }))
    expect(await master.context.store.findProject('hers')).toMatchObject({
      owner: 'root',
      project: 'hers',
      rsync_module: 'pub',
      cron_options: null,
      enabled: true,
    })
    expect(existsSync(path.join(master.folder, 'mirror', 'hers'))).toBe(true)
  })

  it('for the removal', async () => {
    const master = await withProject()
    justBefore(master.context.store, 'findProjectByKey', toRoot(master))
    const removal = master.context.projects.remove(ANNA, 'hers', true)
    await expect(removal).rejects.toThrow(expect.objectContaining({ code: 'NOT_OWNER' }))
    expect(existsSync(path.join(master.folder, 'mirror', 'hers'))).toBe(true)
  })
})

it('a removal takes the project that was found, whatever has its name since', async () => {
  const master = await withProject()
  const { store, projects } = master.context
  const found = await store.findProject('hers')
  justBefore(store, 'findProjectByKey', async () => {
    await projects.update({ ...ANNA, username: 'root', role: 'root' }, { id: 'hers', project: 'renamed' })
    await addUnreachable(master, 'hers')
    mkdirSync(path.join(master.folder, 'mirror', 'hers'))
  })
  await projects.remove(ANNA, 'hers', true)
  expect(await store.findProjectByKey(found?.key ?? '')).toBeNull()
  expect(await store.findProject('hers')).toMatchObject({ owner: 'root' })
  expect(existsSync(path.join(master.folder, 'mirror', 'hers'))).toBe(true)
  expect(existsSync(path.join(master.folder, 'mirror', 'renamed'))).toBe(false)
})

it('a project that could not be removed keeps its schedule', async () => {
  const master = await withProject()
  const { store, projects, schedules } = master.context
  const root = { ...ANNA, username: 'root', role: 'root' } as const
  await projects.updateSchedule(root, 'hers', { second: '*/1' })
  justBefore(store, 'removeProject', () => Promise.reject(new Error('the disk is full')))
  await expect(projects.remove(root, 'hers', false)).rejects.toThrow('the disk is full')
  const before = (await store.findProject('hers'))?.next_run_time
  const tickAndFind = () => {
    schedules.tick()
    return store.findProject('hers')
  }
  await expect.poll(async () => (await tickAndFind())?.next_run_time).not.toBe(before)
})

describe('a request that names what a project was before it was renamed', () => {
  const ROOT = { ...ANNA, username: 'root', role: 'root' } as const
  it.each([
    ['its name', { project: 'hers' }],
    ['its way of publishing', { publish: 'in_place' as const }],
  ])('does not take it back by %s alone', async (_name, form) => {
    const master = await withProject()
    const { store, projects } = master.context
    const change = () => projects.update(ROOT, { id: 'hers', project: 'renamed', publish: 'atomic' })
    justBefore(store, 'updateProject', change)
    const stale = projects.update(ANNA, { id: 'hers', ...form, delete_guard_percent: 9 })
    await expect(stale).rejects.toThrow(expect.objectContaining({ code: 'PROJECT_BUSY' }))
    expect(await store.findProject('renamed')).toMatchObject({ publish: 'atomic', delete_guard_percent: null })
  })
})

it('a project of a user who is removed while it is added is not added, and its folder is free again', async () => {
  const master = await startTestMaster()
  await master.addUser('anna', 'upstreamuser')
  const { store, projects } = master.context
  justBefore(store, 'addProject', () => master.ask('/remove_api_user/', { username: 'anna' }))
  await expect(projects.add(ANNA, { project: 'hers', ...BASICS })).rejects.toThrow(/has been removed/)
  expect(await store.listProjects()).toEqual([])
  await addUnreachable(master, 'hers')
  expect(await store.findProject('hers')).toMatchObject({ owner: 'root' })
})

describe("what lies in a folder and is no project's", () => {
  it('is not for a user who is not root, by a new project or a new name', async () => {
    const master = await withProject()
    const { projects } = master.context
    const mirror = path.join(master.folder, 'mirror')
    mkdirSync(path.join(mirror, 'other'))
    writeFileSync(path.join(mirror, 'other', 'file'), 'kept')
    const taken = expect.objectContaining({ code: 'FOLDER_TAKEN', field: 'dest' })
    await expect(projects.add(ANNA, { project: 'other', dest: mirror, ...BASICS })).rejects.toThrow(taken)
    await expect(projects.update(ANNA, { id: 'hers', project: 'other' })).rejects.toThrow(taken)
    expect(readFileSync(path.join(mirror, 'other', 'file'), 'utf8')).toBe('kept')
    await projects.update(ANNA, { id: 'hers', rsync_module: 'changed' })
    await addUnreachable(master, 'other')
    expect(await master.context.store.findProject('other')).toMatchObject({ owner: 'root' })
  })

  it('is not for the next user who takes the name of a removed project that people filled', async () => {
    const master = await withProject()
    const { projects } = master.context
    const filled = { project: 'notes', dest: `${master.folder}/mirror`, source: { kind: 'folder' } } as const
    await projects.add(ANNA, filled)
    writeFileSync(path.join(master.folder, 'mirror', '.folders', 'notes', 'file'), 'hers')
    await projects.remove(ANNA, 'notes', false)
    await master.addUser('bob', 'upstreamuser')
    const bob = { ...ANNA, username: 'bob' }
    const taken = expect.objectContaining({ code: 'FOLDER_TAKEN', field: 'project' })
    await expect(projects.add(bob, filled)).rejects.toThrow(taken)
  })
})
