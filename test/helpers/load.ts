// Projects that go on being synced every few seconds while the masters' tests do harm, and what must hold of them in the end.

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect } from 'vitest'
import type { SampleMaster } from '../../scripts/sample/masters.ts'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import type { MastersSample } from './masters.ts'

const LOAD = ['load-1', 'load-2', 'load-3', 'load-4']
const EVERY_S = 3

export const projectOf = async (at: SampleMaster, id: string): Promise<ProjectView> =>
  (await at.api.ask(`/list_projects/?id=${id}`))[0]

export const runsOf = (at: SampleMaster, id: string): Promise<Run[]> => at.api.ask(`/list_runs/?id=${id}&limit=1000`)

/** Adds the projects before the file's tests. */
export function useLoad(sample: MastersSample) {
  beforeAll(async () => {
    const schedule = { node: 'any', cron_options: { second: `*/${EVERY_S}` } }
    for (const id of LOAD) await sample.add(sample.masterAt(0), id, schedule)
  })
  return {
    /** Every project goes on: it has a run that succeeded after now. */
    goesOn: async (at: SampleMaster): Promise<void> => {
      const since = new Date().toISOString()
      for (const id of LOAD) {
        await until(`${id} to go on`, async () =>
          (await runsOf(at, id).catch(() => [])).some((run) => run.queued_at > since && run.state === 'succeeded'),
        )
      }
    },
    /** Ends the load: nothing is lost, nothing was done twice, and all nodes have the upstream's tree. */
    expectNothingLost: async (): Promise<void> => {
      const one = sample.masterAt(0)
      for (const id of LOAD) await one.api.ask(`/disable_project/?id=${id}`)
      const all: Run[] = await until('all runs to end', async () => {
        const runs: Run[] = await one.api.ask('/list_runs/?limit=1000')
        return runs.every(({ state }) => hasEnded(state)) ? runs : null
      })
      for (const id of LOAD) expectDoneOnce(all.filter((run) => run.id === id))
      writeFileSync(path.join(sample.upstream.folder, 'last'), 'the last change\n')
      for (const id of LOAD) {
        expect(await sample.masterAt(1).api.sync(id)).toMatchObject({ state: 'succeeded' })
        expect(compareTrees(sample.upstream.folder, path.join(one.destRoot, id))).toBe('')
        for (const slave of sample.fleet.slaves)
          expect(compareTrees(sample.upstream.folder, path.join(slave.publicFolder, id))).toBe('')
      }
    },
  }
}

/** Numbers without gaps, one run per fire time, one run at a time. */
function expectDoneOnce(runs: readonly Run[]): void {
  const numbers = runs.map(({ run }) => Number(run.split('-').at(-1))).sort((a, b) => a - b)
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  const fires = runs.filter(({ trigger }) => trigger === 'schedule').map(({ queued_at }) => slotOf(queued_at))
  expect(new Set(fires).size).toBe(fires.length)
  const spans = runs.flatMap(({ started_at, finished_at }) =>
    started_at === null || finished_at === null ? [] : [[started_at, finished_at] as const],
  )
  spans.sort(([a], [b]) => (a < b ? -1 : 1))
  const overlaps = spans.filter(([, end], index) => (spans[index + 1]?.[0] ?? end) < end)
  expect(overlaps).toEqual([])
}

const slotOf = (time: string): number => Math.floor(Date.parse(time) / (EVERY_S * 1000))
