import { describe, expect, it } from 'vitest'
import { judgeQuorum, lagOf, targetOf } from '../../../master/records/generations.ts'
import { newSlaveStage } from '../../../master/records/run.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { SlaveRunState } from '../../../shared/schemas/run.ts'

const stages = (...states: SlaveRunState[]) =>
  states.map((state, index) => ({
    ...newSlaveStage({ id: `s:${index}`, hostname: 's', port: 1 + index, upstream: null, created_at: '' }),
    state,
  }))
const project = (more: Partial<StoredProject>) =>
  ({ publish: 'atomic', generation: 5, tag: 'five', anchors: {}, published: null, ...more }) as StoredProject

describe('judgeQuorum', () => {
  it.each<[string, SlaveRunState[], number | null, boolean]>([
    ['all prepared', ['prepared', 'prepared'], null, true],
    ['one off', ['prepared', 'unreachable'], null, true],
    ['one failed', ['prepared', 'failed'], null, false],
    ['one stopped', ['prepared', 'stopped'], null, false],
    ['no slaves', [], null, true],
    ['all off', ['unreachable'], null, true],
    ['half of two, one off', ['prepared', 'unreachable'], 0.5, true],
    ['more than half of two, one off', ['prepared', 'unreachable'], 0.51, false],
    ['all of two, one off', ['prepared', 'unreachable'], 1, false],
    ['a third of three, two failed', ['prepared', 'failed', 'failed'], 1 / 3, true],
  ])('%s', (_name, states, quorum, publishes) => {
    expect(judgeQuorum(stages(...states), quorum).publishes).toBe(publishes)
  })
})

it('says why each slave is missing, of many the first three', () => {
  const failed = stages('prepared', 'failed', 'unreachable').map((one) => ({ ...one, error: `${one.state}!` }))
  expect(judgeQuorum(failed, 1).message).toMatch(/flipped\. s:1: failed!; s:2: unreachable!$/)
  expect(judgeQuorum(stages('failed', 'failed', 'failed', 'failed'), 1).message).toMatch(/s:2: failed; and 1 more$/)
})

describe('what the fleet serves', () => {
  it('is the generation that was published, or the newest of a project in place', () => {
    expect(targetOf(project({}))).toBeNull()
    expect(targetOf(project({ published: { generation: 4, tag: 'four', sequence: 9 } }))?.tag).toBe('four')
    expect(targetOf(project({ publish: 'in_place' }))).toEqual({ generation: 5, tag: 'five' })
    expect(targetOf(project({ publish: 'in_place', tag: null }))).toBeNull()
  })

  it('is lagged behind by whoever serves another tree, even of the same number', () => {
    const published = { generation: 5, tag: 'five', sequence: 1 }
    const lag = (generation: number, tag: string) =>
      lagOf(project({ published, anchors: { s: { generation, tag, drift: null } } }), 's')
    expect(lag(5, 'five')).toBe(0)
    expect(lag(5, 'another')).toBe(1)
    expect(lag(3, 'three')).toBe(2)
    expect(lag(6, 'six')).toBe(1)
    expect(lagOf(project({ published }), 's')).toBe(5)
  })
})
