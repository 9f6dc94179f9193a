import { describe, expect, it } from 'vitest'
import type { MasterRow } from '../../../master/cluster/masters.ts'
import { planHandovers } from '../../../master/cluster/takeover.ts'

const AT = new Date('2026-01-01T00:00:00Z')
const master = (node: string, state: MasterRow['state']): MasterRow => ({
  node,
  state,
  url: `http://${node}`,
  seen_at: AT,
  report: null,
})
const project = (key: string, node: string, lead: string | null, stuck: string | null = null) => ({
  key,
  node,
  lead,
  stuck,
})

describe('projects of masters that are not up', () => {
  it('go to the masters that lead the fewest projects, when their node is any', () => {
    const projects = [
      project('a', 'any', 'one'),
      project('b', 'any', 'one'),
      project('c', 'any', 'two'),
      project('d', 'two', 'two'),
    ]
    const masters = [master('one', 'down'), master('two', 'up'), master('three', 'up')]
    expect(planHandovers(projects, masters)).toEqual([
      { key: 'a', lead: 'three', stuck: null },
      { key: 'b', lead: 'three', stuck: null },
    ])
  })

  it('are stuck when they have a node, until that master is back', () => {
    const [stuck] = planHandovers([project('a', 'one', 'one')], [master('one', 'down'), master('two', 'up')])
    expect(stuck).toMatchObject({ lead: 'one', stuck: expect.stringContaining('has not responded since 2026-01-01T') })
    const back = planHandovers([project('a', 'one', 'one', stuck?.stuck)], [master('one', 'up')])
    expect(back).toEqual([{ key: 'a', lead: 'one', stuck: null }])
    expect(planHandovers([project('a', 'one', 'one')], [master('one', 'left')])[0]?.stuck).toContain('was stopped at')
    expect(planHandovers([project('a', 'four', null)], [master('one', 'up')])[0]).toMatchObject({
      lead: 'four',
      stuck: expect.stringContaining('There is no master "four"'),
    })
  })

  it('stay with a lead that is up, and are stuck when no master is up', () => {
    expect(
      planHandovers(
        [project('a', 'any', 'one'), project('b', 'two', 'two')],
        [master('one', 'up'), master('two', 'up')],
      ),
    ).toEqual([])
    expect(planHandovers([project('a', 'any', 'one')], [master('one', 'down')])).toMatchObject([{ lead: 'one' }])
  })
})
