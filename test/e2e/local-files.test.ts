// Files of the operator's own on a fleet: they follow a rename, go with a purge, and are seen though the upstream has nothing new.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 1 })
const localOf = (id: string) => path.join(sample.fleet.destRoot, '.local', id)
const write = (folder: string, name: string, text: string) => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, name), text)
}
const served = (project: string, name: string) =>
  [sample.fleet.destRoot, sample.fleet.slaves[0]?.publicFolder ?? ''].map((root) =>
    readFileSync(path.join(root, project, name), 'utf8'),
  )

it('they are laid over an upstream whose probe says that nothing is new', async () => {
  write(sample.upstream.folder, 'lastupdate', '1')
  await sample.fleet.api.ask(
    '/add_project/',
    sample.payload('probed', { publish: 'atomic', local_files: true, probe: { file: 'lastupdate' } }),
  )
  await sample.fleet.api.sync('probed')
  expect((await sample.fleet.api.sync('probed')).upstream.state).toBe('unchanged')
  write(localOf('probed'), 'HEADER.html', 'welcome')
  expect((await sample.fleet.api.sync('probed')).upstream).toMatchObject({ state: 'succeeded', summary: { added: 1 } })
  expect(served('probed', 'HEADER.html')).toEqual(['welcome', 'welcome'])
  expect((await sample.fleet.api.sync('probed')).upstream.state).toBe('unchanged')
})

it('they follow a rename and go with a purge, also of a folder that people fill', async () => {
  const { api } = sample.fleet
  await api.ask('/add_project/', { project: 'notes', source: { kind: 'folder' }, local_files: true })
  write(path.join(sample.fleet.destRoot, '.folders', 'notes'), 'a.txt', 'a')
  write(localOf('notes'), 'README', 'ours')
  await api.sync('notes')
  expect(served('notes', 'README')).toEqual(['ours', 'ours'])
  await api.ask('/update_project/basic/', { id: 'notes', project: 'papers' })
  expect([existsSync(localOf('notes')), existsSync(localOf('papers'))]).toEqual([false, true])
  write(localOf('papers'), 'README', 'still ours')
  await api.sync('papers')
  expect(served('papers', 'README')).toEqual(['still ours', 'still ours'])
  await api.ask('/remove_project/', { id: 'papers', purge: true })
  expect(existsSync(localOf('papers'))).toBe(false)
})
