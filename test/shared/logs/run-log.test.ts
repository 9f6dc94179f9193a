import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { liveFiles, openRunLog, readLogText } from '../../../shared/logs/run-log.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

describe('openRunLog', () => {
  it('keeps all of a small log, and goes on where an earlier one ended', () => {
    const file = path.join(temporaryFolder(), 'logs', '1.log')
    for (const lines of [['one', 'two'], ['three']]) {
      const log = openRunLog(file)
      for (const line of lines) log.writeLine(line)
      log.finish()
    }
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\nthree\n')
    expect(liveFiles(file)).toEqual([file])
  })

  it('cuts the middle of a large one and never the end', () => {
    const folder = temporaryFolder()
    const file = path.join(folder, '1.log')
    const limit = 1024 * 1024
    const log = openRunLog(file, limit)
    for (let number = 0; number < 100_000; number++) log.writeLine(`line ${number} ${'x'.repeat(100)}`)
    log.finish()
    const text = readFileSync(file, 'utf8')
    expect(text.length).toBeLessThan(limit * 1.3)
    expect(text).toMatch(/^line 0 x/)
    expect(text).toMatch(/\[\d+ bytes cut here\]/)
    expect(text.trimEnd()).toMatch(/line 99999 x+$/)
    expect(readdirSync(folder)).toEqual(['1.log'])
  })

  it('shortens a text for a report in the middle', () => {
    const file = path.join(temporaryFolder(), '1.log')
    const log = openRunLog(file)
    log.writeLine(`begin ${'x'.repeat(5_000)} end`)
    log.finish()
    expect(readLogText(file, 1_000)).toMatch(/^begin x+\n\[\d+ bytes cut here\]\nx+ end\n$/)
    expect(readLogText(`${file}.missing`, 1_000)).toBe('')
  })
})
