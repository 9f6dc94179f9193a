// A log of records on a real disk: what a kill, a full disk and an older version leave behind.

import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Type from 'typebox'
import { describe, expect, it, onTestFinished } from 'vitest'
import { documentKind } from '../../../shared/store/document.ts'
import { RecordLog } from '../../../shared/store/record-log.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const Record = Type.Object({ id: Type.String(), text: Type.String() })
const kind = documentKind({
  name: 'sample',
  version: 2,
  schema: Record,
  migrations: { 1: (data) => ({ text: '', ...Object(data) }) },
})
const openLog = (file: string) => RecordLog.open(kind, file, (record) => record.id)
const fileIn = (folder: string) => path.join(folder, 'records.jsonl')
const idsOf = (log: Awaited<ReturnType<typeof openLog>>) => log.list().map(({ id }) => id)

describe('a log of records', () => {
  it('reads back the newest version of each record, in the order in which they were first put', async () => {
    const file = fileIn(temporaryFolder())
    const log = await openLog(file)
    for (const id of ['a', 'b', 'c']) await log.put([{ id, text: 'first' }], 10)
    await log.put([{ id: 'a', text: 'second\nline' }], 10)
    const again = await openLog(file)
    expect(again.list()).toEqual([
      { id: 'a', text: 'second\nline' },
      { id: 'b', text: 'first' },
      { id: 'c', text: 'first' },
    ])
    expect(await again.put([{ id: 'd', text: '' }], 2)).toEqual(['a', 'b'])
    expect(idsOf(again)).toEqual(['c', 'd'])
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('ignores an incomplete last line, and overwrites it', async () => {
    const file = fileIn(temporaryFolder())
    const log = await openLog(file)
    await log.put([{ id: 'a', text: 'whole' }], 10)
    appendFileSync(file, '{"id":"b","text":"cut off because the machine lost its power just he')
    const again = await openLog(file)
    expect(idsOf(again)).toEqual(['a'])
    await again.put([{ id: 'c', text: '' }], 10)
    expect(idsOf(await openLog(file))).toEqual(['a', 'c'])
    expect(readFileSync(file, 'utf8')).not.toContain('cut off')
  })

  it('appends only what is put, and is rewritten when most of its lines are outdated', async () => {
    const file = fileIn(temporaryFolder())
    const log = await openLog(file)
    const text = 'x'.repeat(10_000)
    for (let number = 0; number < 10; number++) await log.put([{ id: `${number}`, text }], 10)
    const before = statSync(file).size
    await log.put([{ id: '0', text: 'small' }], 10)
    expect(statSync(file).size - before).toBeLessThan(100)
    for (let round = 0; round < 60; round++) await log.put([{ id: '1', text }], 10)
    expect(statSync(file).size).toBeLessThan(500_000)
    expect(idsOf(await openLog(file))).toEqual(idsOf(log))
  })

  it('keeps all records of concurrent puts', async () => {
    const file = fileIn(temporaryFolder())
    const log = await openLog(file)
    await Promise.all(Array.from({ length: 50 }, (_, number) => log.put([{ id: `${number}`, text: '' }], 100)))
    expect(idsOf(await openLog(file))).toHaveLength(50)
  })

  it('is unchanged when the disk is full, and works again when there is space', async () => {
    const folder = temporaryFolder()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
    onTestFinished(() => void execFileSync('umount', [folder]))
    const log = await openLog(fileIn(folder))
    await log.put([{ id: 'a', text: 'kept' }], 10)
    await expect(log.put([{ id: 'b', text: 'x'.repeat(100_000) }], 10)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(idsOf(log)).toEqual(['a'])
    await log.put([{ id: 'c', text: 'also kept' }], 10)
    expect(idsOf(await openLog(fileIn(folder)))).toEqual(['a', 'c'])
  })

  it('stores a record even when there is no space for the rewrite', async () => {
    const folder = temporaryFolder()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
    onTestFinished(() => void execFileSync('umount', [folder]))
    const log = await openLog(fileIn(folder))
    const text = 'x'.repeat(50_000)
    for (let number = 0; number < 8; number++) await log.put([{ id: `${number}`, text }], 10)
    writeFileSync(path.join(folder, 'in-the-way'), 'x'.repeat(100_000))
    for (let round = 0; round < 9; round++) await log.put([{ id: '7', text: `${round}${text}` }], 10)
    expect(log.find('7')?.text).toBe(`8${text}`)
    expect(idsOf(await openLog(fileIn(folder)))).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
  })

  it('migrates records of an older version, and refuses newer and corrupt ones', async () => {
    const file = fileIn(temporaryFolder())
    writeFileSync(file, '{"version":1,"records":"sample"}\n{"id":"old"}\n')
    expect((await openLog(file)).list()).toEqual([{ id: 'old', text: '' }])
    expect(readFileSync(file, 'utf8')).toContain('{"version":2')
    for (const [text, problem] of [
      ['{"version":3,"records":"sample"}\n{"id":"a"}\n', 'newer'],
      ['{"version":2,"records":"sample"}\n{"id":\n{"id":"b","text":""}\n', 'corrupt in line 2'],
      ['{"version":2,"records":"sample"}\n{"id":7,"text":""}\n', 'line 2'],
      ['{"version":2,"records":"other"}\n', 'is not a log of the records "sample"'],
    ] as const) {
      writeFileSync(file, text)
      await expect(openLog(file)).rejects.toThrow(problem)
      expect(readFileSync(file, 'utf8')).toBe(text)
    }
  })
})
