import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import path from 'node:path'
import Type from 'typebox'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../../../scripts/sample/until.ts'
import { documentKind, StoredDocument } from '../../../shared/store/document.ts'
import { writeWhole } from '../../../shared/store/write-whole.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const Counter = documentKind({ name: 'counter', version: 1, schema: Type.Object({ count: Type.Integer() }) })
const fileIn = () => path.join(temporaryFolder(), 'counter.json')
const increment = (data: { count: number }) => ({ count: data.count + 1 })

describe('StoredDocument', () => {
  it('is on disk when an update resolves', async () => {
    const file = fileIn()
    const document = await StoredDocument.open(Counter, file, { count: 0 })
    await document.update(increment)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ version: 1, data: { count: 1 } })
    expect((await StoredDocument.open(Counter, file)).data).toEqual({ count: 1 })
  })

  it('lets writers that come together share a write, and loses none', async () => {
    const file = fileIn()
    const document = await StoredDocument.open(Counter, file, { count: 0 })
    const touched: (string | null)[] = []
    const watcher = watch(path.dirname(file), (_event, name) => touched.push(name))
    onTestFinished(() => watcher.close())
    await Promise.all(Array.from({ length: 2_000 }, () => document.update(increment)))
    expect(document.data.count).toBe(2_000)
    // What happened in the folder is told in order.
    writeFileSync(path.join(path.dirname(file), 'last'), '')
    await until('the last to be told', () => touched.includes('last'))
    expect(touched).toContain(path.basename(file))
    expect(touched.length).toBeLessThan(100)
  })

  it('rejects only for the caller whose change throws', async () => {
    const document = await StoredDocument.open(Counter, fileIn(), { count: 0 })
    const bad = document.update(() => {
      throw new Error('no')
    })
    await Promise.all([document.update(increment), expect(bad).rejects.toThrow('no'), document.update(increment)])
    expect(document.data.count).toBe(2)
  })

  it('leaves memory and disk unchanged when a write fails, and writes again afterwards', async () => {
    const folder = path.join(temporaryFolder(), 'store')
    mkdirSync(folder)
    const file = path.join(folder, 'counter.json')
    const document = await StoredDocument.open(Counter, file, { count: 0 })
    await document.update(increment)
    // A file where the folder was: as a full or read-only disk would, every write fails (also for root).
    rmSync(folder, { recursive: true })
    writeFileSync(folder, '')
    await expect(document.update(increment)).rejects.toThrow()
    expect(document.data.count).toBe(1)
    rmSync(folder)
    mkdirSync(folder)
    await document.update(increment)
    expect(document.data.count).toBe(2)
  })

  it('keeps the last good version beside the file', async () => {
    const file = fileIn()
    const document = await StoredDocument.open(Counter, file, { count: 0 })
    await document.update(increment)
    expect(existsSync(`${file}.bak`)).toBe(false)
    await document.update(increment)
    expect(JSON.parse(readFileSync(`${file}.bak`, 'utf8')).data).toEqual({ count: 1 })
  })

  it.each([
    ['half a file', '{"version":1,"data":{"cou'],
    ['another shape', '{"version":1,"data":{"count":"three"}}'],
    ['no envelope', '{"count":3}'],
    ['a newer version', '{"version":2,"data":{"count":3}}'],
  ])('refuses %s, leaves it as it is and names the backup', async (_name, text) => {
    const file = fileIn()
    writeFileSync(file, text)
    writeFileSync(`${file}.bak`, '{"version":1,"data":{"count":2}}')
    await expect(StoredDocument.open(Counter, file)).rejects.toThrow(`${file}.bak`)
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  it('migrates an older version step by step, and keeps the old file as backup', async () => {
    const file = fileIn()
    const newer = documentKind({
      name: 'counter',
      version: 3,
      schema: Type.Object({ counts: Type.Array(Type.Integer()) }),
      migrations: {
        1: (data) => ({ number: (data as { count: number }).count }),
        2: (data) => ({ counts: [(data as { number: number }).number] }),
      },
    })
    writeFileSync(file, '{"version":1,"data":{"count":7}}')
    expect((await StoredDocument.open(newer, file)).data).toEqual({ counts: [7] })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ version: 3, data: { counts: [7] } })
    expect(readFileSync(`${file}.bak`, 'utf8')).toBe('{"version":1,"data":{"count":7}}')
  })
})

it('stays complete on a nearly full disk, where a write is cut short', async () => {
  const folder = temporaryFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
  onTestFinished(() => void execFileSync('umount', [folder]))
  const file = path.join(folder, 'document.json')
  await writeWhole(file, 'whole')
  writeFileSync(path.join(folder, 'in-the-way'), 'x'.repeat(900_000))
  await expect(writeWhole(file, 'y'.repeat(300_000))).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(readFileSync(file, 'utf8')).toBe('whole')
  expect(readdirSync(folder).sort()).toEqual(['document.json', 'in-the-way'])
})
