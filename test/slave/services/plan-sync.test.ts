import { describe, expect, it } from 'vitest'
import type { SyncFromMaster } from '../../../shared/schemas/messages.ts'
import { unknownTree } from '../../../shared/trees/tree-record.ts'
import { allowsNormalSync, describeOptions, planSync, recordSync } from '../../../slave/services/plan-sync.ts'

const OPTIONS = { basic: [], defaults: ['-avH'], delete: '--delete' }
const ANCHOR = { generation: 3, tag: '3'.repeat(16) }
const EVERY = { syncs: 10, days: 7 }
const NOW = Date.parse('2026-11-24T00:00:00Z')
const order = (more: Partial<SyncFromMaster> = {}) =>
  ({ anchor: ANCHOR, changes: 5, rsync_options: OPTIONS, checksum: false, ...more }) as SyncFromMaster
const record = { ...unknownTree('p', 'p'), options: describeOptions(OPTIONS), checked_at: '2026-11-23T00:00:00Z' }
const plan = (more: Partial<SyncFromMaster>, anchor: typeof ANCHOR | null = ANCHOR, own = record, isReady = false) =>
  planSync({ order: order(more), anchor, isReady, record: own, every: EVERY, now: NOW })

describe('planSync', () => {
  it('is normal when both sides agree', () => {
    expect(plan({})).toEqual({ kind: 'normal', verifies: false })
  })

  it.each<[string, Partial<SyncFromMaster>, typeof ANCHOR | null]>([
    ['the slave has no anchor', {}, null],
    ['the master knows of none', { anchor: null }, ANCHOR],
    ['there is no list', { changes: null }, ANCHOR],
    ['the generations differ', {}, { ...ANCHOR, generation: 2 }],
    ['the tags differ', {}, { ...ANCHOR, tag: '4'.repeat(16) }],
    ['contents are to be compared', { checksum: true }, ANCHOR],
    ['the options are others', { rsync_options: { ...OPTIONS, defaults: ['-a'] } }, ANCHOR],
  ])('is slow when %s', (_name, more, anchor) => {
    expect(plan(more, anchor)).toEqual({ kind: 'slow' })
  })

  it('is nothing when the generation is here, unless contents are to be compared', () => {
    expect(plan({}, ANCHOR, record, true)).toEqual({ kind: 'nothing' })
    expect(plan({ checksum: true }, ANCHOR, record, true)).toEqual({ kind: 'slow' })
  })

  it('compares everything now and then', () => {
    expect(plan({}, ANCHOR, { ...record, normal_syncs: 9 })).toEqual({ kind: 'normal', verifies: true })
    expect(plan({}, ANCHOR, { ...record, checked_at: '2026-11-01T00:00:00Z' })).toEqual({
      kind: 'normal',
      verifies: true,
    })
  })

  it.each([['--delete-excluded'], ['--delete']])('knows which options need a walk (%s)', (remove) => {
    expect(allowsNormalSync({ ...OPTIONS, delete: remove })).toBe(remove === '--delete')
    for (const basic of ['--max-delete=5', '-m', '-x', '--iconv=utf8', '--existing']) {
      expect(allowsNormalSync({ ...OPTIONS, basic: [basic] }), basic).toBe(false)
    }
    expect(allowsNormalSync({ ...OPTIONS, basic: ['--bwlimit=1m', '--exclude=*.iso'] })).toBe(true)
  })
})

describe('recordSync', () => {
  const record = { normal_syncs: 4 }
  const order = { rsync_options: OPTIONS }

  it('counts normal syncs since everything was compared', () => {
    const after = recordSync(record, order, { method: 'normal', drift: null }, NOW)
    expect(after).toEqual({ options: describeOptions(OPTIONS), normal_syncs: 5 })
  })

  it('begins to count anew after a slow sync, or a comparison', () => {
    const checked = { options: describeOptions(OPTIONS), normal_syncs: 0, checked_at: '2026-11-24T00:00:00.000Z' }
    expect(recordSync(record, order, { method: 'slow', drift: null }, NOW)).toEqual(checked)
    expect(recordSync(record, order, { method: 'normal', drift: 2 }, NOW)).toEqual({ ...checked, drift: 2 })
  })
})
