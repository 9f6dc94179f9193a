import { describe, expect, it } from 'vitest'
import { plainRequest } from '../../../../master/records/run.ts'
import { guardOf, keepsPartials } from '../../../../master/stages/upstream/guard.ts'
import type { StoredProject } from '../../../../shared/schemas/project.ts'
import type { RunState } from '../../../../shared/schemas/run.ts'
import { project } from '../../../helpers/stored.ts'

const SETTINGS = { DELETE_GUARD_PERCENT: 50 }
const OWN_LIMIT = { rsync_options: { basic: ['--max-delete=7'], defaults: ['-a'], delete: '--delete' } }

describe('the guard of a run', () => {
  it.each<[string, Partial<StoredProject>, boolean, { percent: number; maxDelete: number | null; force: boolean }]>([
    ['has the share of the settings', {}, false, { percent: 50, maxDelete: null, force: false }],
    [
      "has the project's own share",
      { delete_guard_percent: 10 },
      false,
      { percent: 10, maxDelete: null, force: false },
    ],
    ['is off by a share of 0', { delete_guard_percent: 0 }, false, { percent: 0, maxDelete: null, force: false }],
    ["has the project's --max-delete", OWN_LIMIT, false, { percent: 50, maxDelete: 7, force: false }],
    ['lets everything through when forced', OWN_LIMIT, true, { percent: 50, maxDelete: 7, force: true }],
  ])('%s', (_name, stored, force, expected) => {
    const request = { ...plainRequest('schedule'), force }
    expect(guardOf(SETTINGS, { project: project('p', stored), request })).toEqual({ ...expected, from: 'upstream' })
  })
})

describe('an attempt', () => {
  const last = (state: RunState) => ({ run: 'p-k-1', state, finished_at: null })

  it.each<[string, number, RunState | null, number, boolean]>([
    ['keeps partial files before the first generation', 0, null, 1, true],
    ['keeps partial files before the first generation, whatever ran before', 0, 'succeeded', 1, true],
    ['keeps no partial files after a success', 3, 'succeeded', 1, false],
    ['keeps no partial files after a partial run, whose upstream succeeded', 3, 'partial', 1, false],
    ['keeps partial files after a failure', 3, 'failed', 1, true],
    ['keeps partial files after a stop', 3, 'stopped', 1, true],
    ['keeps partial files after an interruption', 3, 'interrupted', 1, true],
    ['keeps partial files after a block', 3, 'blocked', 1, true],
    ['keeps partial files in the second attempt', 3, 'succeeded', 2, true],
  ])('%s', (_name, generation, state, attempt, keeps) => {
    expect(keepsPartials({ generation, last_run: state === null ? null : last(state) }, attempt)).toBe(keeps)
  })
})
