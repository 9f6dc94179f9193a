// What only the embedded store has: documents on disk.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { newRun } from '../../../master/records/run.ts'
import { ProjectDocument, RunRecord } from '../../../master/store/documents.ts'
import { createLowdbStore } from '../../../master/store/lowdb-store.ts'
import type { Store } from '../../../master/store/store.ts'
import { cpuMs } from '../../helpers/cpu.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { AT, project, WISH } from '../../helpers/stored.ts'

const openStore = async (folder = temporaryFolder()): Promise<Store & { folder: string }> => {
  const store = createLowdbStore(folder)
  await store.open()
  return { ...store, folder }
}

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

it('refuses to open with a corrupt project, and does not change its file', async () => {
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
  const time = await cpuMs(async () => {
    const store = await openStore(folder)
    expect(await store.listProjects()).toHaveLength(10_000)
  })
  expect(time).toBeLessThan(10_000)
})

it('copies runs from the old document into the log, also after it was killed meanwhile', async () => {
  const store = await openStore()
  const stored = project('a')
  await store.addProject(stored)
  const runs = [1, 2, 3].map((number) => newRun(`a-k-${number}`, stored, WISH, AT(number), 'main'))
  const old = path.join(store.folder, 'runs', 'a-k.json')
  const before = runs.map(({ node: _node, ...run }) => run)
  writeFileSync(old, JSON.stringify({ version: 2, data: before }))
  const [first] = runs
  const head = { version: RunRecord.version, records: RunRecord.name }
  writeFileSync(`${old}l`, `${JSON.stringify(head)}\n${JSON.stringify(first)}\n{"run":"a-k-2","id`)
  const again = await openStore(store.folder)
  expect(await again.listRuns({ key: 'a-k', limit: 10 })).toEqual([])
  await again.updateProject('a-k', (one) => ({ ...one, last_queued_at: AT(3) }))
  expect(await again.listRuns({ key: 'a-k', limit: 10 })).toEqual(runs.toReversed())
  expect(existsSync(old)).toBe(false)
})
