import { describe, expect, it } from 'vitest'
import { RUN_STATES, type RunState, SLAVE_RUN_STATES, type SlaveRunState } from '../../../shared/schemas/run.ts'
import { assertRunMove, assertSlaveMove, hasAnswered, hasEnded, isSettled } from '../../../shared/schemas/run-state.ts'

/** The states that `assert` lets through. */
function reachable<State>(states: readonly State[], assert: (to: State) => void): State[] {
  return states.filter((to) => {
    try {
      assert(to)
      return true
    } catch {
      return false
    }
  })
}

describe('a run', () => {
  it.each<[RunState, RunState[]]>([
    ['queued', ['syncing', 'fanning_out', 'publishing', 'failed', 'stopped', 'interrupted']],
    ['syncing', ['fanning_out', 'succeeded', 'failed', 'blocked', 'stopped', 'interrupted']],
    ['fanning_out', ['publishing', 'succeeded', 'partial', 'failed', 'stopped', 'interrupted']],
    ['publishing', ['succeeded', 'partial', 'failed', 'stopped', 'interrupted']],
    ['succeeded', []],
    ['partial', []],
    ['failed', []],
    ['blocked', []],
    ['stopped', []],
    ['interrupted', []],
  ])('that is %s may become %j, and nothing else', (from, to) => {
    expect(reachable(RUN_STATES, (state) => assertRunMove(from, state)).sort()).toEqual([...to].sort())
  })

  it('has ended when it can become nothing more', () => {
    expect(RUN_STATES.filter(hasEnded)).toEqual(['succeeded', 'partial', 'failed', 'blocked', 'stopped', 'interrupted'])
  })

  it('says which move was refused', () => {
    expect(() => assertRunMove('failed', 'syncing')).toThrow(/failed.*syncing/)
  })

  it('comes to an end from every state', () => {
    for (const from of RUN_STATES.filter((state) => !hasEnded(state)))
      expect(reachable(RUN_STATES, (to) => assertRunMove(from, to)).some(hasEnded), from).toBe(true)
  })
})

describe("a slave's part of a run", () => {
  it.each<[SlaveRunState, SlaveRunState[]]>([
    ['pending', ['syncing', 'failed', 'unreachable', 'stopped']],
    ['syncing', ['prepared', 'succeeded', 'failed', 'blocked', 'unreachable', 'stopped']],
    ['prepared', ['succeeded', 'failed', 'unreachable', 'stopped']],
    ['unreachable', ['syncing', 'prepared', 'succeeded', 'failed', 'blocked', 'stopped']],
    ['succeeded', []],
    ['failed', []],
    ['blocked', []],
    ['stopped', []],
  ])('that is %s may become %j, and nothing else', (from, to) => {
    expect(reachable(SLAVE_RUN_STATES, (state) => assertSlaveMove(from, state)).sort()).toEqual([...to].sort())
  })

  it.each<[SlaveRunState, boolean, boolean]>([
    ['pending', false, false],
    ['syncing', false, false],
    ['prepared', false, true],
    ['unreachable', true, true],
    ['succeeded', true, true],
    ['failed', true, true],
    ['blocked', true, true],
    ['stopped', true, true],
  ])('that is %s is settled: %s, and the slave has answered: %s', (state, settled, answered) => {
    expect(isSettled(state)).toBe(settled)
    expect(hasAnswered(state)).toBe(answered)
  })

  it('says which move was refused', () => {
    expect(() => assertSlaveMove('succeeded', 'pending')).toThrow(/succeeded.*pending/)
  })
})
