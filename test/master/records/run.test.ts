import { describe, expect, it } from 'vitest'
import {
  closedUpstream,
  endedUpstream,
  endOfFanOut,
  endOfUpstream,
  enterAttempt,
  enterFanOut,
  enterRollback,
  failedEnd,
  interruptedRun,
  newRun,
  newSlaveStage,
  plainRequest,
  priorityOf,
  waitingUpstream,
} from '../../../master/records/run.ts'
import type { Run, SlaveRunState, Trigger } from '../../../shared/schemas/run.ts'
import { AT, project } from '../../helpers/stored.ts'

const slave = (id: string) => ({ id, hostname: 'h', port: 7000, upstream: null, created_at: AT(0) })
const stage = (id: string, state: SlaveRunState, error: string | null = null) => ({
  ...newSlaveStage(slave(id)),
  state,
  error,
})
const runOf = (more: Partial<Run> = {}): Run => ({
  ...newRun('p-k-1', project('p'), plainRequest('explicit'), AT(0), 'main'),
  ...more,
})
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

describe('a new run', () => {
  it('waits, and skips the upstream when it only serves slaves', () => {
    expect(runOf()).toMatchObject({ state: 'queued', attempt: 0, upstream: { state: 'pending' }, slaves: [] })
    const request = { ...plainRequest('catch_up'), onlySlaves: ['s:1'] }
    expect(newRun('p-k-1', project('p'), request, AT(0), 'main').upstream.state).toBe('skipped')
    const back = { ...plainRequest('rollback'), back: { generation: 1, tag: 'a'.repeat(16) } }
    expect(newRun('p-k-1', project('p'), back, AT(0), 'main').upstream.state).toBe('skipped')
  })

  it('goes first when a person waits for it', () => {
    const of = (trigger: Trigger, priority?: number | null) =>
      priorityOf(plainRequest(trigger), { priority: priority ?? null })
    expect(of('explicit')).toBe(of('rollback'))
    expect(of('schedule')).toBe(of('catch_up', null))
    expect(priorityOf(null, {})).toBe(of('schedule'))
    // However low the priority of the project that a person asks for.
    expect(of('explicit', -10)).toBeGreaterThan(of('schedule', 10))
    expect(of('schedule', 3)).toBeGreaterThan(of('schedule', 2))
  })
})

describe('an attempt', () => {
  it('keeps when the run and its stage began', () => {
    const first = enterAttempt(runOf(), 1, AT(1))
    expect(first).toMatchObject({ state: 'syncing', attempt: 1, started_at: AT(1), upstream: { started_at: AT(1) } })
    expect(enterAttempt(first, 2, AT(2))).toMatchObject({
      attempt: 2,
      started_at: AT(1),
      upstream: { started_at: AT(1) },
    })
  })

  it('may not begin when the run is past its upstream', () => {
    expect(() => enterAttempt(runOf({ state: 'fanning_out' }), 1, AT(1))).toThrow('cannot go from')
  })

  it('that failed adds what it fetched to what the run did', () => {
    const end = { exitCode: 23, summary: summary(), error: 'some files' }
    const once = endedUpstream(runOf().upstream, { ...end, outcome: 'retry' }, AT(3))
    expect(once).toMatchObject({ state: 'failed', exit_code: 23, finished_at: AT(3), error: 'some files' })
    const twice = endedUpstream(once, { ...end, outcome: 'success', error: null }, AT(4))
    expect(twice).toMatchObject({ state: 'succeeded', error: null, summary: { added: 2, bytes_transferred: 20 } })
  })

  it('that another one follows waits for it, and says when it comes', () => {
    const end = { outcome: 'retry' as const, exitCode: 10, summary: summary(), error: 'Name or service not known' }
    const waiting = waitingUpstream(runOf().upstream, end, AT(3), { at: AT(28), limit: 4 })
    expect(waiting).toMatchObject({
      state: 'syncing',
      exit_code: 10,
      error: 'Name or service not known',
      next_attempt_at: AT(28),
      attempt_limit: 4,
      summary: { added: 1 },
    })
    const next = enterAttempt(runOf({ state: 'syncing', upstream: waiting }), 2, AT(28)).upstream
    expect(next).toMatchObject({ state: 'syncing', next_attempt_at: null, attempt_limit: null })
    expect(closedUpstream(waiting, 'stopped', AT(5))).toMatchObject({ state: 'stopped', next_attempt_at: null })
    expect(closedUpstream(waiting, 'interrupted', AT(5)).state).toBe('interrupted')
    expect(closedUpstream({ ...waiting, state: 'succeeded' }, 'partial', AT(5)).state).toBe('succeeded')
  })

  it.each(['stopped', 'blocked'] as const)('that was %s says so', (outcome) => {
    const end = { outcome, exitCode: null, summary: null, error: null }
    expect(endedUpstream(runOf().upstream, end, AT(3)).state).toBe(outcome)
  })
})

describe('the end of a run', () => {
  it('that failed outside of rsync has the code and the message of what went wrong', () => {
    expect(failedEnd('DISK_FULL', 'No room is left.')).toEqual({
      state: 'failed',
      error: { code: 'DISK_FULL', message: 'No room is left.' },
    })
  })

  it('at an upstream that failed without a word still has a message', () => {
    expect(endOfUpstream({ outcome: 'permanent', code: 'UPSTREAM_FAILED', error: null }).error?.message).toMatch(/./)
  })

  it.each([
    ['stopped', 'stopped', 'UPSTREAM_FAILED', { state: 'stopped', error: null }],
    ['a dry run that succeeded', 'success', null, { state: 'succeeded', error: null }],
    ['blocked', 'blocked', 'DELETE_GUARD', { state: 'blocked', error: { code: 'DELETE_GUARD', message: 'why' } }],
    ['failed', 'permanent', 'DISK_FULL', { state: 'failed', error: { code: 'DISK_FULL', message: 'why' } }],
  ] as const)('at its upstream: %s', (_name, outcome, code, end) => {
    expect(endOfUpstream({ outcome, code, error: 'why' })).toEqual(end)
  })

  it('after its fan-out names every slave that did not follow, and why', () => {
    expect(endOfFanOut([])).toEqual({ state: 'succeeded', error: null })
    expect(endOfFanOut([stage('a:1', 'succeeded')])).toEqual({ state: 'succeeded', error: null })
    const slaves = [stage('a:1', 'succeeded'), stage('b:1', 'failed', 'no room'), stage('c:1', 'unreachable')]
    expect(endOfFanOut(slaves)).toEqual({
      state: 'partial',
      error: {
        code: 'SLAVES_BEHIND',
        message: '2 of 3 slaves are not up to date: b:1 failed (no room); c:1 unreachable',
      },
    })
  })

  it('that the master did not live to see is interrupted, with all that was under way', () => {
    const slaves = [stage('a:1', 'succeeded'), stage('b:1', 'syncing'), stage('c:1', 'prepared')]
    const run = interruptedRun(runOf({ state: 'fanning_out', slaves }), AT(9))
    expect(run).toMatchObject({ state: 'interrupted', finished_at: AT(9), error: { code: 'INTERRUPTED' } })
    expect(run.slaves.map(({ state }) => state)).toEqual(['succeeded', 'stopped', 'stopped'])
    const early = runOf({ upstream: { ...runOf().upstream, state: 'syncing' } })
    expect(interruptedRun(early, AT(9)).upstream).toMatchObject({ state: 'interrupted', finished_at: AT(9) })
    const late = runOf({ upstream: { ...runOf().upstream, state: 'succeeded', finished_at: AT(3) } })
    expect(interruptedRun(late, AT(9)).upstream).toMatchObject({ state: 'succeeded', finished_at: AT(3) })
  })
})

describe('a fan-out', () => {
  it('begins with every slave pending; a rollback with every slave prepared', () => {
    expect(enterFanOut(runOf(), 4, [slave('a:1')], AT(2))).toMatchObject({
      generation: 4,
      started_at: AT(2),
      slaves: [{ slave_id: 'a:1', state: 'pending', generation: null }],
    })
    expect(enterFanOut(runOf({ started_at: AT(1) }), 4, [], AT(2)).started_at).toBe(AT(1))
    expect(enterRollback(3, [slave('a:1')], AT(2)).slaves).toMatchObject([{ state: 'prepared', generation: 3 }])
  })
})
