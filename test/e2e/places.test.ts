// Where trees may lie: behind symlinks of other users, and in folders of odd names.

import { existsSync, lchownSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startFleet } from '../../scripts/sample/fleet.ts'
import { compareTrees, makeSampleTree } from '../../scripts/sample/trees.ts'
import { startUpstream } from '../../scripts/sample/upstream.ts'
import { temporaryFolder } from '../helpers/folder.ts'

/** A fleet whose DEST_ROOT and SLAVE_PUBLIC_DIR lie behind symlinks that another user made. */
const start = async () => {
  const root = temporaryFolder()
  for (const name of ['mirror', 'slave']) mkdirSync(path.join(root, 'disk', name), { recursive: true })
  for (const [name, target] of [
    ['mirror', 'disk/mirror'],
    ['slave-1', 'disk/slave'],
  ] as const) {
    symlinkSync(target, path.join(root, name))
    if (process.getuid?.() === 0) lchownSync(path.join(root, name), 1234, 1234)
  }
  const upstream = await startUpstream({ root: path.join(root, 'upstream') })
  onTestFinished(upstream.stop)
  await makeSampleTree(upstream.folder)
  const fleet = await startFleet({ root, slaves: 1, settings: { DEST_ROOT: path.join(root, 'mirror') } })
  onTestFinished(async () => void (await fleet.stop()))
  const slave = path.join(root, 'slave-1', 'public')
  const add = (project: string, more: object = {}) =>
    fleet.api.ask('/add_project/', {
      project,
      rsync_host: '127.0.0.1',
      rsync_port: upstream.port,
      rsync_module: upstream.module,
      dest: fleet.destRoot,
      ...more,
    })
  /** Changes the upstream, syncs, and compares; returns by which method the slave was synced. */
  const change = async (project: string, dest: string): Promise<string | null | undefined> => {
    writeFileSync(path.join(upstream.folder, 'changing'), `${Math.random()}`)
    const run = await fleet.api.sync(project)
    expect(run).toMatchObject({ state: 'succeeded', error: null })
    expect(compareTrees(upstream.folder, realpathSync(path.join(dest, project)))).toBe('')
    expect(compareTrees(upstream.folder, realpathSync(path.join(slave, project)))).toBe('')
    return run.slaves[0]?.method
  }
  return { fleet, root, slave, add, change }
}

it('roots behind symlinks of another user are synced, published, renamed and purged', async () => {
  const { fleet, slave, add, change } = await start()
  for (const publish of ['in_place', 'atomic']) {
    await add(publish, { publish })
    expect(await change(publish, fleet.destRoot)).toBe('slow')
    expect(await change(publish, fleet.destRoot)).toBe('normal')
    await fleet.api.ask('/update_project/basic/', { id: publish, project: `${publish}-2` })
    expect(await change(`${publish}-2`, fleet.destRoot)).toBe('normal')
    await fleet.api.ask('/remove_project/', { id: `${publish}-2`, purge: true })
    for (const node of [fleet.destRoot, slave]) expect(existsSync(path.join(node, `${publish}-2`))).toBe(false)
  }
})

it('folders of odd names reach the slaves by lists and by walks', async () => {
  const { fleet, add, change } = await start()
  const names = ['-x', '-e sh', '#a', ' a b ', "~it's", '{$HOME,%2F}']
  for (const [index, name] of names.entries()) {
    const dest = path.join(fleet.destRoot, name, '-y')
    await add(`p${index}`, { dest, ...(index % 2 === 0 ? {} : { publish: 'atomic' }) })
    expect([name, await change(`p${index}`, dest)]).toEqual([name, 'slow'])
    expect([name, await change(`p${index}`, dest)]).toEqual([name, 'normal'])
  }
  await expect(add('odd', { dest: path.join(fleet.destRoot, 'a[b]') })).rejects.toThrow(/"field":"dest"/)
})

it.each(['in_place', 'atomic'])(
  "a slave's project on another disk, by the operator's symlink, published %s",
  async (publish) => {
    const { fleet, root, slave, add, change } = await start()
    mkdirSync(path.join(root, 'other-disk', 'its-files'), { recursive: true })
    symlinkSync('../../../other-disk/its-files', path.join(slave, 'linked'))
    await add('linked', { publish })
    expect(await change('linked', fleet.destRoot)).toBe('slow')
    expect(await change('linked', fleet.destRoot)).toBe('normal')
    expect(realpathSync(path.join(slave, 'linked'))).toContain('/other-disk/')
    // It is known again after a restart.
    const [node] = fleet.slaves
    await node?.process?.stop()
    if (node !== undefined) await fleet.startSlave(node)
    expect(await change('linked', fleet.destRoot)).toBe('normal')
    await fleet.api.ask('/update_project/basic/', { id: 'linked', project: 'renamed' })
    expect(await change('renamed', fleet.destRoot)).toBe('normal')
    expect(realpathSync(path.join(slave, 'renamed'))).toContain('/other-disk/')
    const other = publish === 'atomic' ? 'in_place' : 'atomic'
    await fleet.api.ask('/update_project/basic/', { id: 'renamed', publish: other })
    await change('renamed', fleet.destRoot)
    expect(realpathSync(path.join(slave, 'renamed'))).toContain('/other-disk/')
    // No project reaches another one's tree by a symlink.
    symlinkSync('renamed', path.join(slave, 'alias'))
    await add('alias')
    const run = await fleet.api.sync('alias')
    expect(run.slaves[0]?.error).toContain('remove the symlink')
    expect(compareTrees(path.join(fleet.destRoot, 'alias'), realpathSync(path.join(slave, 'renamed')))).toBe('')
    await fleet.api.ask('/remove_project/', { id: 'renamed', purge: true })
    expect(existsSync(path.join(slave, 'renamed'))).toBe(false)
    expect(existsSync(path.join(root, 'other-disk', 'its-files'))).toBe(false)
  },
)
