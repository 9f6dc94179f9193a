import { describe, expect, it } from 'vitest'
import { viewMasters } from '../../../master/cluster/master-view.ts'
import type { MasterRow } from '../../../master/cluster/masters.ts'

const AT = new Date('2026-01-01T00:00:00Z')
const DISK = { free: 10, size: 100, is_low: false }
const row = (node: string, state: MasterRow['state'], report: unknown): MasterRow => ({
  node,
  state,
  url: `http://${node}`,
  seen_at: AT,
  report,
})

describe('masters, as answers show them', () => {
  it('are listed by name with their projects; the first that is up leads', () => {
    const rows = [
      row('two', 'up', { version: '1.2.0', disk: DISK }),
      row('three', 'up', { version: '1.2.0', disk: null }),
      row('one', 'down', { version: '1.1.0', disk: DISK }),
    ]
    const listed = viewMasters(rows, [{ lead: 'two' }, { lead: 'two' }, { lead: 'one' }, { lead: null }])
    expect(listed.map(({ node, projects, leader }) => [node, projects, leader])).toEqual([
      ['one', 1, false],
      ['three', 0, true],
      ['two', 2, false],
    ])
    expect(listed[2]).toEqual({
      node: 'two',
      url: 'http://two',
      state: 'up',
      seen_at: '2026-01-01T00:00:00.000Z',
      projects: 2,
      leader: false,
      version: '1.2.0',
      disk: DISK,
    })
    // What its disk had when it was last heard is no answer to what it has.
    expect(listed[0]).toMatchObject({ version: '1.1.0', disk: null })
  })

  it.each([null, {}, { version: 7 }, { version: '2.0.0', disk: 'plenty' }])(
    'of another version may say something else or nothing: %j',
    (report) => {
      expect(viewMasters([row('one', 'up', report)], [])).toMatchObject([{ leader: true, version: null, disk: null }])
    },
  )
})
