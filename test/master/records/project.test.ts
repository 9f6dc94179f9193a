import { describe, expect, it } from 'vitest'
import {
  isLateReport,
  withAnchor,
  withDueAgain,
  withEndedRun,
  withGeneration,
  withPublished,
  withQueuedRun,
} from '../../../master/records/project.ts'
import { interruptedRun, newRun, plainRequest } from '../../../master/records/run.ts'
import { readSchedule } from '../../../master/schedule/fire-times.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { AT, project } from '../../helpers/stored.ts'

const runOf = (more: Partial<Run> = {}): Run => ({
  ...newRun('p-k-3', project('p'), plainRequest('schedule'), AT(5), 'main'),
  ...more,
})
const ended = (state: Run['state'], more: Partial<Run> = {}) => runOf({ state, finished_at: AT(9), ...more })

describe('a project', () => {
  it('with a queued run counts it, and never counts backwards', () => {
    const queued = withQueuedRun(project('p', { runs_made: 2, active_runs: ['p-k-1'] }), runOf(), 3)
    expect(queued).toMatchObject({ runs_made: 3, last_queued_at: AT(5), active_runs: ['p-k-1', 'p-k-3'] })
    expect(withQueuedRun(project('p', { runs_made: 7 }), runOf(), 3).runs_made).toBe(7)
  })

  it('with an ended run remembers how it ended, and when it succeeded', () => {
    const before = project('p', { active_runs: ['p-k-3', 'p-k-4'], last_success_at: AT(1) })
    expect(withEndedRun(before, 'p-k-3', ended('succeeded'))).toMatchObject({
      active_runs: ['p-k-4'],
      last_run: { run: 'p-k-3', state: 'succeeded', finished_at: AT(9) },
      last_success_at: AT(9),
    })
    expect(withEndedRun(before, 'p-k-3', ended('failed'))).toMatchObject({ last_success_at: AT(1) })
  })

  it('forgets a run that was never written, and learns nothing from a dry one', () => {
    const before = project('p', { active_runs: ['p-k-3'] })
    for (const run of [null, ended('succeeded', { dry_run: true })])
      expect(withEndedRun(before, 'p-k-3', run)).toEqual({ ...before, active_runs: [] })
  })

  it('is repaired by a refresh only when slaves were what was missing', () => {
    const refresh = ended('succeeded', { upstream: { ...runOf().upstream, state: 'skipped' } })
    const lastRunAfter = (state: Run['state']) =>
      withEndedRun(project('p', { last_run: { run: 'p-k-2', state, finished_at: AT(2) } }), 'p-k-3', refresh).last_run
    expect(lastRunAfter('partial')).toMatchObject({ run: 'p-k-3', state: 'succeeded' })
    expect(lastRunAfter('failed')).toMatchObject({ run: 'p-k-2', state: 'failed' })
  })

  it('remembers a rollback as its last run, and not as a success of the upstream', () => {
    const rollback = ended('partial', { trigger: 'rollback', upstream: { ...runOf().upstream, state: 'skipped' } })
    const after = withEndedRun(project('p', { last_success_at: AT(1) }), 'p-k-3', rollback)
    expect(after).toMatchObject({ last_run: { run: 'p-k-3', state: 'partial' }, last_success_at: AT(1) })
  })

  it.each(['failed', 'partial', 'stopped'] as const)('is not repaired by a refresh that is %s', (state) => {
    const before = { run: 'p-k-2', state: 'partial' as const, finished_at: AT(2) }
    const refresh = ended(state, { upstream: { ...runOf().upstream, state: 'skipped' } })
    expect(withEndedRun(project('p', { last_run: before }), 'p-k-3', refresh).last_run).toEqual(before)
  })

  it.each(['partial', 'failed', 'blocked', 'stopped', 'interrupted'] as const)(
    'did not succeed by a run that is %s',
    (state) => {
      const after = withEndedRun(project('p', { last_success_at: AT(1) }), 'p-k-3', ended(state))
      expect(after).toMatchObject({ last_run: { run: 'p-k-3', state, finished_at: AT(9) }, last_success_at: AT(1) })
    },
  )

  it('that is due again stays so until a real sync is queued', () => {
    const due = withDueAgain(project('p'), true)
    expect(due.due_again).toBe(true)
    expect(withQueuedRun(due, runOf(), 3).due_again).toBe(false)
    const others = [{ dry_run: true }, { upstream: { ...runOf().upstream, state: 'skipped' as const } }]
    for (const other of others) expect(withQueuedRun(due, { ...runOf(), ...other }, 3).due_again).toBe(true)
  })

  it('that has a schedule is due again after a sync that was cut off; after a dry run or a catch-up it is not', () => {
    const cron_options = readSchedule({ minute: '0' }, 0)
    const cutOff = interruptedRun(runOf(), AT(9))
    const isDueAfter = (run: Run, more: Partial<StoredProject>) =>
      withEndedRun(project('p', more), run.run, run).due_again
    expect(isDueAfter(cutOff, { cron_options })).toBe(true)
    expect(isDueAfter(cutOff, {})).toBe(false)
    expect(isDueAfter(cutOff, { cron_options, enabled: false })).toBe(false)
    expect(isDueAfter({ ...cutOff, dry_run: true }, { cron_options })).toBe(false)
    expect(isDueAfter({ ...cutOff, upstream: { ...cutOff.upstream, state: 'skipped' } }, { cron_options })).toBe(false)
  })

  it('with a generation has its sizes, or none when they are not known', () => {
    const next = { generation: 2, tag: 'b'.repeat(16) }
    const counted = { total_files: 5, total_size: 50 }
    const from = 'rsync://example.org/m/'
    expect(withGeneration(project('p'), next, counted, from)).toMatchObject({ ...next, ...counted, pulled_from: from })
    expect(withGeneration(project('p', counted), next, null, from)).toMatchObject({
      total_files: null,
      total_size: null,
    })
  })

  it('is published with a sequence that only grows, also when it goes back', () => {
    const [four, five] = [4, 5].map((generation) => ({ generation, tag: String(generation).repeat(16) }))
    if (four === undefined || five === undefined) throw new Error('two generations')
    const forward = withPublished(project('p'), five)
    expect(forward.published).toEqual({ ...five, sequence: 1 })
    expect(withPublished(forward, four).published).toEqual({ ...four, sequence: 2 })
  })
})

describe('the anchor of a slave', () => {
  const three = { generation: 3, tag: '3'.repeat(16) }
  const four = { generation: 4, tag: '4'.repeat(16) }

  it('is what it completed last; the drift stays until there is a newer one', () => {
    const first = withAnchor(project('p'), 's', { ...three, drift: 2 })
    expect(first.anchors).toEqual({ s: { ...three, drift: 2 } })
    expect(withAnchor(first, 's', { ...four, drift: null }).anchors).toEqual({ s: { ...four, drift: 2 } })
    expect(withAnchor(first, 's', { ...four, drift: 0 }).anchors).toEqual({ s: { ...four, drift: 0 } })
  })

  it('is gone with what was lost, and others stay', () => {
    const two = withAnchor(withAnchor(project('p'), 's', { ...three, drift: null }), 't', { ...four, drift: null })
    expect(withAnchor(two, 's', null).anchors).toEqual({ t: { ...four, drift: null } })
  })

  it('is not set back by a report that comes late, but by one of a restored project', () => {
    const at = (generation: number) =>
      withAnchor(project('p', { generation }), 's', { generation: 4, tag: '4'.repeat(16), drift: null })
    expect(isLateReport(at(4), 's', 3)).toBe(true)
    expect(isLateReport(at(4), 's', 4)).toBe(false)
    expect(isLateReport(at(4), 's', 5)).toBe(false)
    expect(isLateReport(at(2), 's', 2)).toBe(false)
    expect(isLateReport(project('p'), 's', 1)).toBe(false)
  })
})
