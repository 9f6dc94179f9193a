import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { MAX_ERROR_CHARACTERS, SlaveReport, type SyncFromMaster } from '../../../shared/schemas/messages.ts'
import { buildReport } from '../../../slave/services/build-report.ts'

const order = {
  run: '20261124t000000z-00000001',
  slave_id: 'localhost:7000',
  project: 'fedora',
  generation: 3,
  tag: '3'.repeat(16),
} as SyncFromMaster
const report = (error: string) =>
  buildReport(
    order,
    { outcome: 'permanent', error },
    { startedAt: null, finishedAt: '2026-11-24T00:00:00.000Z', log: '' },
  )

describe('the report of a job', () => {
  it.each([
    ['a short error', 'disk full', 'disk full'],
    ['an error at the limit', 'x'.repeat(MAX_ERROR_CHARACTERS), 'x'.repeat(MAX_ERROR_CHARACTERS)],
    ['an error of many names', 'é'.repeat(60_000), `${'é'.repeat(MAX_ERROR_CHARACTERS - 1)}…`],
    [
      'an error cut within a character',
      `${'x'.repeat(MAX_ERROR_CHARACTERS - 2)}😀😀`,
      `${'x'.repeat(MAX_ERROR_CHARACTERS - 2)}…`,
    ],
  ])('is one that a master takes, with %s', (_name, error, kept) => {
    expect(report(error).error).toBe(kept)
    expect(Compile(SlaveReport).Errors(report(error))).toEqual([])
  })

  it('names no generation when the job failed', () => {
    expect(report('no')).toMatchObject({ state: 'failed', generation: null, tag: null, source: null })
  })
})
