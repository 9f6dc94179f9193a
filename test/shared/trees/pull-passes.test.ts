import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Summary } from '../../../shared/schemas/run.ts'
import { planPasses } from '../../../shared/trees/passes.ts'
import { addResults, addSummaries, pullPasses } from '../../../shared/trees/pull-passes.ts'
import { nothingToPull, type PullResult } from '../../../shared/trees/source.ts'

const summary = (more = {}) => ({
  added: 1,
  modified: 2,
  deleted: 3,
  errors: 0,
  bytes_transferred: 10,
  total_files: 5,
  total_size: 50,
  ...more,
})

describe('the result of several pulls', () => {
  const noted = { ...nothingToPull(), outcome: 'noted' as const, exitCode: 23, error: 'a file could not be read' }

  it('keeps what was noted before a success, and nothing of it before a failure', () => {
    expect(addResults(noted, nothingToPull())).toMatchObject({ outcome: 'noted', exitCode: 23, error: noted.error })
    const failure = { ...nothingToPull(), outcome: 'retry' as const, exitCode: 12, error: 'broke off' }
    expect(addResults(noted, failure)).toMatchObject({ outcome: 'retry', exitCode: 12, error: 'broke off' })
    expect(addResults(nothingToPull(), noted)).toMatchObject({ outcome: 'noted', exitCode: 23 })
  })
})

describe('summaries', () => {
  it('add up, but for the totals, which are the last that were counted', () => {
    expect(addSummaries(null, summary())).toEqual(summary())
    expect(addSummaries(summary(), summary({ total_files: 7, total_size: 0 }))).toEqual(
      summary({ added: 2, modified: 4, deleted: 6, bytes_transferred: 20, total_files: 7, total_size: 50 }),
    )
  })
})

describe('passes', () => {
  const around = { destination: '/d', keepPartials: false }
  const run = async (...results: Partial<PullResult>[]) => {
    const pulls: unknown[] = []
    const source = async (pull: unknown) => {
      const next = { ...nothingToPull(), ...results[pulls.length] }
      pulls.push(pull)
      return next
    }
    return { result: await pullPasses(source, planPasses('rpm', { atMost: 0 }), around), pulls }
  }

  it('end with the first that fails', async () => {
    const { result, pulls } = await run({ outcome: 'retry', exitCode: 12 }, {})
    expect([result.exitCode, pulls.length]).toEqual([12, 1])
  })

  it('add up what they did', async () => {
    const { result, pulls } = await run({ summary: summary(), obstructed: 1 }, { summary: summary(), exitCode: 25 })
    expect(result).toMatchObject({ exitCode: 25, obstructed: 1, summary: { added: 2, total_files: 5 } })
    expect(pulls).toHaveLength(2)
  })
})

const COUNTS = ['added', 'modified', 'deleted', 'errors', 'bytes_transferred'] as const
const TOTALS = ['total_files', 'total_size'] as const

const summaries: fc.Arbitrary<Summary> = fc.record({
  added: fc.nat(),
  modified: fc.nat(),
  deleted: fc.nat(),
  errors: fc.nat(),
  bytes_transferred: fc.nat(),
  total_files: fc.nat(3),
  total_size: fc.nat(3),
})

describe('the sum of two summaries', () => {
  it('adds every count, and takes each total from the last that has one', () => {
    fc.assert(
      fc.property(summaries, summaries, (before, next) => {
        const sum = addSummaries(before, next)
        for (const name of COUNTS) expect(sum[name]).toBe(before[name] + next[name])
        for (const name of TOTALS) expect(sum[name]).toBe(next[name] === 0 ? before[name] : next[name])
      }),
    )
  })

  it('is the same in whatever groups three are added', () => {
    fc.assert(
      fc.property(summaries, summaries, summaries, (one, two, three) => {
        const left = addSummaries(addSummaries(one, two), three)
        expect(left).toEqual(addSummaries(one, addSummaries(two, three)))
      }),
    )
  })
})
