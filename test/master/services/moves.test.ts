import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createMoveJournal } from '../../../master/services/move-journal.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { startTestMaster, type TestMaster } from '../../helpers/master.ts'
import { addUnreachable } from '../../helpers/runs.ts'

const stop = async ({ app, context }: TestMaster) => {
  await context.quiesce()
  await app.close()
  await context.stop()
}

describe('a move that a kill interrupted', () => {
  it('between the files and their record is undone at the next start', async () => {
    const folder = temporaryFolder()
    const first = await startTestMaster({ DATA_DIR: folder })
    await addUnreachable(first, 'moved')
    const mirror = path.join(folder, 'mirror')
    mkdirSync(path.join(mirror, 'moved'))
    writeFileSync(path.join(mirror, 'moved', 'file'), 'text')
    const before = await first.context.store.findProject('moved')
    if (before === null) throw new Error('no project')
    await stop(first)
    await createMoveJournal(path.join(folder, 'moves')).begin({ from: before, to: { ...before, project: 'elsewhere' } })
    renameSync(path.join(mirror, 'moved'), path.join(mirror, 'elsewhere'))

    await startTestMaster({ DATA_DIR: folder })
    expect(readFileSync(path.join(mirror, 'moved', 'file'), 'utf8')).toBe('text')
    expect(existsSync(path.join(mirror, 'elsewhere'))).toBe(false)
    expect(await createMoveJournal(path.join(folder, 'moves')).list()).toEqual([])
  })

  it('after its record was stored stands', async () => {
    const folder = temporaryFolder()
    const first = await startTestMaster({ DATA_DIR: folder })
    await addUnreachable(first, 'moved')
    const mirror = path.join(folder, 'mirror')
    mkdirSync(path.join(mirror, 'moved'))
    const before = await first.context.store.findProject('moved')
    if (before === null) throw new Error('no project')
    expect((await first.ask('/update_project/basic/', { id: 'moved', project: 'elsewhere' })).status).toBe(200)
    await stop(first)
    await createMoveJournal(path.join(folder, 'moves')).begin({ from: before, to: { ...before, project: 'elsewhere' } })

    await startTestMaster({ DATA_DIR: folder })
    expect(existsSync(path.join(mirror, 'elsewhere'))).toBe(true)
    expect(existsSync(path.join(mirror, 'moved'))).toBe(false)
  })
})

it('the journal of moves passes over a file that is not whole', async () => {
  const folder = temporaryFolder()
  writeFileSync(path.join(folder, 'torn.json'), '{"from":')
  expect(await createMoveJournal(folder).list()).toEqual([])
})
