import { describe, expect, it } from 'vitest'
import { withEndedRun } from '../../../master/records/project.ts'
import { isServed } from '../../../master/records/reach.ts'
import { newRun, newSlaveStage, plainRequest, type RunRequest } from '../../../master/records/run.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { Run, SlaveRunState } from '../../../shared/schemas/run.ts'
import { AT, project } from '../../helpers/stored.ts'

const slave = (id: string) => ({ id, hostname: id, port: 7000, upstream: null, created_at: AT(0) })
/** A run that ends: how its slaves fared, by their ids. */
const runOf = (
  number: number,
  request: RunRequest,
  slaves: Record<string, SlaveRunState>,
  more: Partial<Run> = {},
): Run => ({
  ...newRun(`p-k-${number}`, project('p'), request, AT(number), 'main'),
  state: Object.values(slaves).every((state) => state === 'succeeded') ? 'succeeded' : 'partial',
  generation: 4,
  finished_at: AT(10 * number),
  slaves: Object.entries(slaves).map(([id, state]) => ({ ...newSlaveStage(slave(id)), state })),
  ...more,
})
const sync = (number: number, slaves: Record<string, SlaveRunState>, more: Partial<Run> = {}) =>
  runOf(number, plainRequest('schedule'), slaves, more)
const refresh = (number: number, slaves: Record<string, SlaveRunState>, more: Partial<Run> = {}) =>
  runOf(number, { ...plainRequest('catch_up'), onlySlaves: Object.keys(slaves) }, slaves, more)
const projectAfter = (...runs: Run[]): StoredProject => {
  const before = project('p', { generation: 4, last_success_at: AT(1) })
  return runs.reduce((one, run) => withEndedRun(one, run.run, run), before)
}

describe('a sync', () => {
  it('of an upstream that is not whole is held, until one succeeds', () => {
    const upstream = { ...sync(1, {}).upstream, state: 'blocked' as const }
    const verify = { state: 'held' as const, problems: ['a is missing'], checked: 1, grade: null }
    const error = { code: 'UPSTREAM_NOT_WHOLE', message: 'not whole' }
    const held = sync(1, {}, { state: 'blocked', error, upstream: { ...upstream, verify } })
    const failed = sync(2, {}, { state: 'failed', upstream: { ...upstream, state: 'failed' } })
    const whole = sync(3, {}, { upstream: { ...upstream, state: 'succeeded' } })
    expect(projectAfter(held, failed).held).toEqual({ run: 'p-k-1', problems: ['a is missing'] })
    expect(projectAfter(held, failed, whole).held).toBeNull()
  })

  it('counts as a success once a slave serves it, though another one is dead', () => {
    const one = projectAfter(sync(1, { a: 'succeeded', b: 'unreachable' }))
    expect(one).toMatchObject({ last_run: { state: 'partial' }, last_success_at: AT(10) })
    expect(isServed({ ...one, anchors: { a: { generation: 4, tag: 't', drift: null } } }, ['a', 'b'])).toBe(true)
  })

  it('that no slave has got is none, though they serve what came before', () => {
    const one = projectAfter(sync(1, { a: 'failed', b: 'unreachable' }))
    expect(one).toMatchObject({ last_run: { state: 'partial' }, last_success_at: AT(1) })
    expect(isServed({ ...one, anchors: { a: { generation: 3, tag: 't', drift: null } } }, ['a', 'b'])).toBe(false)
  })

  it('that found nothing new goes on from the one before: only slaves that lag were told', () => {
    const upstream = { ...sync(2, {}).upstream, state: 'unchanged' as const }
    const unchanged = sync(2, { b: 'unreachable' }, { upstream })
    const made = { last_reach: { generation: 4, behind: ['b'], reached: true }, last_success_at: AT(20) }
    expect(projectAfter(sync(1, { a: 'succeeded', b: 'unreachable' }), unchanged)).toMatchObject(made)
    const nobody = { last_reach: { generation: 4, behind: ['b'], reached: false }, last_success_at: AT(1) }
    expect(projectAfter(sync(1, { a: 'failed', b: 'unreachable' }), unchanged)).toMatchObject(nobody)
    const other = sync(1, { a: 'succeeded', b: 'unreachable' }, { generation: 3 })
    expect(projectAfter(other, unchanged)).toMatchObject({ last_reach: { reached: false }, last_success_at: AT(10) })
  })

  it('that was prepared and not published is none', () => {
    expect(projectAfter(sync(1, { a: 'prepared', b: 'failed' }))).toMatchObject({ last_success_at: AT(1) })
  })

  it('without slaves is served by the master; a project that none of the slaves has is not served', () => {
    const one = projectAfter(sync(1, {}))
    expect(one).toMatchObject({ last_run: { state: 'succeeded' }, last_success_at: AT(10) })
    expect(isServed(one, [])).toBe(true)
    expect(isServed(one, ['new'])).toBe(false)
    expect(isServed({ ...one, anchors: { removed: { generation: 4, tag: 't', drift: null } } }, ['new'])).toBe(false)
  })
})

describe('a catch-up', () => {
  it('makes a success of a partial run, as of the time of that run', () => {
    const one = projectAfter(sync(1, { a: 'unreachable' }), refresh(2, { a: 'succeeded' }))
    expect(one).toMatchObject({
      last_run: { run: 'p-k-2', state: 'succeeded', finished_at: AT(20) },
      last_success_at: AT(10),
    })
  })

  it('completes the run with the last slave that it had missed, and not before', () => {
    const missed = sync(1, { a: 'unreachable', b: 'unreachable' })
    const first = projectAfter(missed, refresh(2, { a: 'succeeded' }))
    expect(first).toMatchObject({ last_run: { run: 'p-k-1', state: 'partial' }, last_success_at: AT(10) })
    expect(projectAfter(missed, refresh(2, { a: 'succeeded' }), refresh(3, { b: 'succeeded' }))).toMatchObject({
      last_run: { run: 'p-k-3', state: 'succeeded' },
      last_success_at: AT(10),
    })
  })

  it('to an older generation, which is still the published one, completes nothing', () => {
    const one = projectAfter(sync(1, { a: 'prepared', b: 'failed' }), refresh(2, { b: 'succeeded' }, { generation: 3 }))
    expect(one).toMatchObject({ last_run: { run: 'p-k-1', state: 'partial' }, last_success_at: AT(1) })
  })

  it('of a rollback is no success of the upstream', () => {
    const back = { ...plainRequest('rollback'), back: { generation: 3, tag: '3'.repeat(16) } }
    const one = projectAfter(
      runOf(1, back, { a: 'unreachable' }, { generation: 3 }),
      refresh(2, { a: 'succeeded' }, { generation: 3 }),
    )
    expect(one).toMatchObject({ last_run: { run: 'p-k-2', state: 'succeeded' }, last_success_at: AT(1) })
  })
})
