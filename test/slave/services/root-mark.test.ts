import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRootMark } from '../../../slave/services/root-mark.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const start = async () => {
  const [publicFolder, dataFolder] = [temporaryFolder(), temporaryFolder()]
  const here = path.join(publicFolder, '.mirrorfleet', 'root')
  const known = path.join(dataFolder, 'public-root')
  const { assertThere } = createRootMark(publicFolder, dataFolder)
  await Promise.all([assertThere(), assertThere()])
  const mark = readFileSync(here, 'utf8')
  expect(readFileSync(known, 'utf8')).toBe(mark)
  const isWhole = () => {
    for (const file of [here, known]) expect(readFileSync(file, 'utf8')).toBe(mark)
  }
  return { here, known, mark, assertThere, isWhole }
}

describe('the mark of the folder of all trees', () => {
  it('is asked for once it was made, and goes with the folder', async () => {
    const { here, mark, assertThere, isWhole } = await start()
    rmSync(here)
    await expect(assertThere()).rejects.toMatchObject({ code: 'TREE_MISSING' })
    writeFileSync(here, mark)
    await assertThere()
    isWhole()
  })

  it('of another folder does not count', async () => {
    const { here, assertThere } = await start()
    writeFileSync(here, `${'0'.repeat(32)}\n`)
    await expect(assertThere()).rejects.toThrow('holds the trees of another slave')
  })

  it.each(['here', 'known'] as const)('that is damaged is made again from the other one (%s)', async (which) => {
    const { assertThere, isWhole, ...files } = await start()
    writeFileSync(files[which], '')
    await assertThere()
    isWhole()
  })

  it('is taken from the folder by a slave that has lost its data', async () => {
    const { known, assertThere, isWhole } = await start()
    rmSync(known)
    await assertThere()
    isWhole()
  })
})
