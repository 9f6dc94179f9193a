// A check that nothing has become much slower: ratios of what is measured side by side, with generous bounds, never times.

import { afterEach, expect, it } from 'vitest'
import { benchApi } from '../../bench/api.ts'
import { startBenchMaster } from '../../bench/bench-master.ts'
import { processorClock } from '../../bench/clock.ts'
import { benchFanOut } from '../../bench/fanout.ts'
import { Report } from '../../bench/report.ts'
import { benchRunOverhead } from '../../bench/run-overhead.ts'
import { benchAdds } from '../../bench/store.ts'

/** Bounds a hang. Beside other work its many measurements take minutes. */
const PATIENCE_MS = 1_200_000

let report = new Report('ratios', '', () => {})
afterEach(() => {
  report = new Report('ratios', '', () => {})
})

const medianOf = (what: string): number => {
  const figure = report.result.figures.find((one) => one.what === what)
  if (figure === undefined) throw new Error(`there is no figure "${what}"`)
  return figure.median
}

it(
  'a list of projects costs no more than twice what a bare route does',
  async () => {
    await benchApi(report, [300], { amount: 500 }, processorClock)
    expect(medianOf('list_projects of 300, token, over bare')).toBeGreaterThan(0.5)
    expect(medianOf('list_projects of 300, token, unchanged (304), over bare')).toBeGreaterThan(1)
  },
  PATIENCE_MS,
)

it('adding a project takes no longer the more there are', async () => {
  const master = await startBenchMaster()
  await benchAdds(report, master, 'embedded', [10, 2_000], processorClock)
  await master.stop()
  expect(medianOf('embedded: 2000 stored over 10 stored, one writer')).toBeLessThan(3)
})

it('a run takes no more than twice what a bare rsync does', async () => {
  await benchRunOverhead(report, [{ files: 20_000, rounds: 7 }])
  expect(medianOf('20000 files: a run over bare rsync')).toBeLessThan(2)
})

it('a fan-out of few changes costs less than a plain rsync', async () => {
  await benchFanOut(report, [{ files: 25_000, changes: [100], publish: 'in_place' }])
  expect(medianOf('25000 files, 100 changes: ours over plain')).toBeLessThan(0.9)
})
