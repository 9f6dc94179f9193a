// Trees that another user owns: what a service that is not root says of them, and that it leaves them as they are.

import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createApi } from '../../scripts/sample/api.ts'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { startProcess } from '../../scripts/sample/process.ts'
import { until } from '../../scripts/sample/until.ts'
import { startUpstream } from '../../scripts/sample/upstream.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const NOBODY = 65534
const TSX = path.resolve('node_modules', 'tsx', 'dist', 'loader.mjs')

/** A master that runs as nobody, and its mirror, which nobody owns. */
async function startAsNobody() {
  const root = temporaryFolder()
  const mirror = path.join(root, 'mirror')
  mkdirSync(mirror)
  for (const folder of [root, mirror]) chownSync(folder, NOBODY, NOBODY)
  chmodSync(root, 0o755)
  const upstream = await startUpstream({ root: path.join(temporaryFolder(), 'upstream') })
  onTestFinished(upstream.stop)
  writeFileSync(path.join(upstream.folder, 'file'), 'text')
  const [port = 0, rsyncd = 0] = await findFreePorts(2)
  const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', process.execPath]
  const master = startProcess('setpriv', [...asNobody, '--import', TSX, path.resolve('master', 'main.ts')], {
    PATH: process.env.PATH,
    DATA_DIR: path.join(root, 'data'),
    DEST_ROOT: mirror,
    MASTER_PORT: String(port),
    MASTER_RSYNCD_PORT: String(rsyncd),
    ROOT_PASS: 'password',
  })
  onTestFinished(async () => void (await master.stop()))
  const url = `http://127.0.0.1:${port}`
  await until('the master', async () => {
    if (master.hasEnded()) throw new Error(master.output())
    return (await fetch(`${url}/readyz`).catch(() => null))?.ok
  })
  const api = createApi(url, 'root', 'password')
  const add = (project: string, more: object = {}) =>
    api.ask('/add_project/', {
      project,
      rsync_host: '127.0.0.1',
      rsync_port: upstream.port,
      rsync_module: upstream.module,
      dest: mirror,
      delete_guard_percent: 100,
      ...more,
    })
  const put = (name: string, owner: number) => {
    const file = path.join(mirror, name)
    mkdirSync(path.dirname(file), { recursive: true })
    for (let folder = path.dirname(file); folder !== mirror; folder = path.dirname(folder))
      chownSync(folder, NOBODY, NOBODY)
    writeFileSync(file, name)
    chownSync(file, owner, owner)
  }
  return { api, mirror, add, put }
}

/** What is refused names the field, whose it is and what to run; with that command it works. */
async function refusal(asked: Promise<unknown>): Promise<string> {
  const message = await asked.then(
    () => 'it was taken',
    (error: Error) => error.message,
  )
  expect(message).toContain('"code":"INVALID_PATH"')
  expect(message).toContain('"field":"dest"')
  expect(message).toContain('belongs to root (uid 0), and this service runs as nobody (uid 65534)')
  return /As root, run: (chown [^"]+)/.exec(message)?.[1] ?? 'no command'
}

const run = (command: string) => execFileSync('sh', ['-c', command])

describe.runIf(process.getuid?.() === 0)('a tree of another user', () => {
  it('is not taken over by a new project, before the command that is named makes it ours', async () => {
    const { api, mirror, add, put } = await startAsNobody()
    put('deep/taken/sub/file', 0)
    const command = await refusal(add('taken', { dest: path.join(mirror, 'deep') }))
    expect(command).toBe(`chown -R 65534:65534 ${mirror}/deep/taken`)
    expect(await api.ask('/list_projects/')).toEqual([])
    run(command)
    await add('taken', { dest: path.join(mirror, 'deep') })
    expect((await api.sync('taken')).state).toBe('succeeded')
    mkdirSync(path.join(mirror, 'of root'))
    const parent = await refusal(add('below', { dest: path.join(mirror, 'of root', 'not', 'yet') }))
    run(parent)
    await add('below', { dest: path.join(mirror, 'of root', 'not', 'yet') })
    expect((await api.sync('below')).state).toBe('succeeded')
  })

  it('is neither converted, moved nor purged by half', async () => {
    const { api, mirror, add, put } = await startAsNobody()
    await add('ours')
    expect((await api.sync('ours')).state).toBe('succeeded')
    put('ours/sub/file', 0)
    const before = () => readdirSync(mirror, { recursive: true }).sort()
    const seen = before()
    const update = (change: object) => api.ask('/update_project/basic/', { id: 'ours', ...change })
    for (const change of [{ publish: 'atomic' }, { publish: 'atomic', project: 'renamed' }])
      expect(await refusal(update(change))).toBe(`chown -R 65534:65534 ${mirror}/ours`)
    expect(await refusal(api.ask('/remove_project/', { id: 'ours', purge: true }))).toContain('chown -R')
    chownSync(path.join(mirror, 'ours'), 0, 0)
    run(await refusal(update({ project: 'renamed' })))
    chownSync(path.join(mirror, 'ours', 'sub', 'file'), 0, 0)
    expect(before()).toEqual(seen)
    expect(await api.ask('/list_projects/')).toMatchObject([{ id: 'ours', publish: 'in_place' }])
    run(await refusal(update({ publish: 'atomic' })))
    await update({ publish: 'atomic', project: 'renamed' })
    expect(lstatSync(path.join(mirror, 'renamed')).isSymbolicLink()).toBe(true)
    expect((await api.sync('renamed')).state).toBe('succeeded')
    await api.ask('/remove_project/', { id: 'renamed', purge: true })
    expect(before()).toEqual(['.mirrorfleet'])
  })
})
