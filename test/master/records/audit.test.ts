// Ids of audit entries, and which entries are kept.

import { describe, expect, it } from 'vitest'
import { projectChanges, shorten } from '../../../master/audit/changes.ts'
import { createAuditIds, KEPT_PER_USER, outdatedEntries } from '../../../master/records/audit.ts'
import { auditEntry, project } from '../../helpers/stored.ts'

describe('ids', () => {
  it('stay in order while the clock stands still or is set back', () => {
    const make = createAuditIds()
    const ids = [5, 5, 5, 9, 3, 3, 10].map(make)
    expect(ids).toEqual(ids.toSorted())
    expect(new Set(ids).size).toBe(7)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{20}$/)
  })
})

describe('what is kept', () => {
  it('is a year, and of each user the newest, whatever others do', () => {
    const now = Date.parse('2026-11-26T00:00:00Z')
    const old = auditEntry(1, { username: 'quiet', at: '2025-11-25T23:00:00.000Z' })
    const young = auditEntry(2, { username: 'quiet', at: '2025-11-26T01:00:00.000Z' })
    const many = Array.from({ length: KEPT_PER_USER + 2 }, (_, index) =>
      auditEntry(3 + index, { username: 'busy', at: '2026-11-25T00:00:00.000Z' }),
    )
    expect(outdatedEntries([old, young, ...many], now)).toEqual([old, ...many.slice(0, 2)])
  })
})

describe('changes', () => {
  it('are cut, so that no request makes an entry of any size', () => {
    const long = 'x'.repeat(100_000)
    const change = shorten(Array.from({ length: 40 }, (_, index) => ({ field: `f${index}`, before: 1, after: long })))
    expect(JSON.stringify(change).length).toBeLessThan(10_000)
    expect(change[0]).toEqual({ field: 'f0', before: 1, after: `"${'x'.repeat(499)}…` })
    expect(
      shorten([
        { field: 'a', after: { b: [1] } },
        { field: 'c', hidden: true },
      ]),
    ).toEqual([
      { field: 'a', after: { b: [1] } },
      { field: 'c', hidden: true },
    ])
  })

  it('of a project are of the fields that were named, and say nothing of a secret that stayed', () => {
    const before = project('a', { webhooks: ['https://example.org/secret'] })
    const after = { ...before, rsync_port: 874, enabled: false, rsync_password: 'sealed anew' }
    expect(projectChanges(before, after, ['rsync_port', 'rsync_password', 'webhooks', 'dest'])).toEqual([
      { field: 'rsync_port', before: 873, after: 874 },
      { field: 'rsync_password', hidden: true },
    ])
  })
})
