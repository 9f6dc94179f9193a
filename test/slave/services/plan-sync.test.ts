import { describe, expect, it } from 'vitest'
import type { SyncFromMaster } from '../../../shared/schemas/messages.ts'
import { type TreeRecord, unknownTree } from '../../../shared/trees/tree-record.ts'
import { allowsNormalSync, describeOptions, planSync, recordSync } from '../../../slave/services/plan-sync.ts'

const OPTIONS = { basic: [], defaults: ['-avH'], delete: '--delete' }
const ANCHOR = { generation: 3, tag: '3'.repeat(16) }
const EVERY = { syncs: 10, days: 7 }
const NOW = Date.parse('2026-11-24T00:00:00Z')
const order = (more: Partial<SyncFromMaster> = {}) =>
  ({ anchor: ANCHOR, changes: 5, rsync_options: OPTIONS, checksum: false, ...more }) as SyncFromMaster
const record: TreeRecord = {
  ...unknownTree('p', 'p'),
  options: describeOptions(OPTIONS),
  checked_at: '2026-11-23T00:00:00Z',
}
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

  it.each<[string, Partial<TreeRecord>, boolean]>([
    ['the last normal sync but one before the limit', { normal_syncs: 8 }, false],
    ['as many normal syncs as the limit', { normal_syncs: 9 }, true],
    ['exactly as many days as the limit', { checked_at: '2026-11-17T00:00:00Z' }, false],
    ['a moment more than so many days', { checked_at: '2026-11-16T23:59:59.999Z' }, true],
    ['no comparison ever', { checked_at: null }, true],
  ])('after %s compares everything or not: %j', (_name, own, verifies) => {
    expect(plan({}, ANCHOR, { ...record, ...own })).toEqual({ kind: 'normal', verifies })
  })

  it.each(['-amx', '-ax', '--prune-empty-dirs', '--one-file-system', '--ignore-existing', '--ignore-missing-args'])(
    'is slow with %s, alone or in a bundle',
    (option) => {
      const rsync_options = { basic: option.startsWith('--') ? [option] : [], defaults: ['-a'], delete: '' }
      const bundled = option.startsWith('--') ? rsync_options : { ...rsync_options, defaults: [option] }
      const own = { ...record, options: describeOptions(bundled) }
      expect(plan({ rsync_options: bundled }, ANCHOR, own)).toEqual({ kind: 'slow' })
    },
  )

  it.each([['--delete-excluded'], ['--delete']])('knows which options need a walk (%s)', (remove) => {
    expect(allowsNormalSync({ ...OPTIONS, delete: remove })).toBe(remove === '--delete')
    for (const basic of ['--max-delete=5', '-m', '-x', '--iconv=utf8', '--existing']) {
      expect(allowsNormalSync({ ...OPTIONS, basic: [basic] }), basic).toBe(false)
    }
    expect(allowsNormalSync({ ...OPTIONS, basic: ['--bwlimit=1m', '--exclude=*.iso'] })).toBe(true)
  })
})

describe('describeOptions', () => {
  it('tells options apart that make other trees, and not those that mean the same', () => {
    const described = describeOptions(OPTIONS)
    expect(describeOptions({ ...OPTIONS, delete: '--delete-after' })).toBe(described)
    expect(describeOptions({ ...OPTIONS, basic: ['--max-delete=5'] })).toBe(described)
    for (const other of [{ delete: '' }, { delete: '--delete-excluded' }, { basic: ['-z'] }, { defaults: ['-aH'] }])
      expect(describeOptions({ ...OPTIONS, ...other })).not.toBe(described)
  })

  it('keeps the order, which decides between patterns', () => {
    const [one, other] = [
      ['--include=a', '--exclude=*'],
      ['--exclude=*', '--include=a'],
    ].map((basic) => describeOptions({ ...OPTIONS, basic }))
    expect(one).not.toBe(other)
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
