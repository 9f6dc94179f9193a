// How masters are told on the pages: their states with reason and remedy, their versions, and what they carry.

import { describe, expect, it } from 'vitest'
import { MASTER, RUN, SLAVE } from '../../master/openapi/examples.ts'
import { noticesOf } from '../../web/src/fleet-notices.ts'
import { carriedBy, lookOfMaster, newestVersion, noteOnVersion, reasonOfMaster } from '../../web/src/master-look.ts'

const NOW = Date.parse(MASTER.seen_at) + 60_000
const LOW = { free: 300_000_000, size: 2e12, is_low: true }

describe('a master', () => {
  it('that is well says nothing more', () => {
    expect([lookOfMaster(MASTER).word, reasonOfMaster(MASTER, NOW)]).toEqual(['up', ''])
    expect(noticesOf({ masters: [MASTER], slaves: [] }, NOW)).toEqual([])
  })

  it('that is down says since when, what waits for it, and what to do', () => {
    const down = { ...MASTER, state: 'down', projects: 3, leader: false, disk: null } as const
    expect(lookOfMaster(down).word).toBe('down')
    expect(reasonOfMaster(down, NOW)).toMatch(
      /^It has not reported since .*\. 3 projects wait for it\. Start it, or give them to another master\.$/,
    )
    const [first, second] = noticesOf({ masters: [MASTER, down], slaves: [{ ...SLAVE, state: 'down' }] }, NOW)
    expect(first).toMatchObject({ title: 'Master ftp1 is down', hue: 's-down', href: '#/masters' })
    expect(second?.title).toContain(SLAVE.id)
  })

  it('that was stopped is trouble only while something waits for it', () => {
    const left = { ...MASTER, state: 'left', projects: 0, disk: null } as const
    expect(reasonOfMaster(left, NOW)).toContain('Nothing waits for it.')
    expect(noticesOf({ masters: [left, MASTER], slaves: [] }, NOW)).toEqual([])
    const [notice] = noticesOf({ masters: [{ ...left, projects: 1 }, MASTER], slaves: [] }, NOW)
    expect(notice?.title).toBe('Master ftp1 is stopped')
    expect(notice?.text).toContain('One project waits for it. Start it, or give it to another master.')
  })

  it('whose disk is nearly full says so, also where it is the only one', () => {
    const low = { ...MASTER, disk: LOW }
    expect(lookOfMaster(low).word).toBe('disk low')
    expect(noticesOf({ masters: [{ ...low, projects: null }], slaves: [] }, NOW)).toMatchObject([
      { title: 'The disk of master ftp1 is low', hue: 's-partial', href: '#/' },
    ])
  })

  it('carries the runs that it has begun', () => {
    const runs = [
      { ...RUN, node: 'ftp1', id: 'fedora', state: 'fanning_out' },
      { ...RUN, node: 'ftp1', id: 'debian', state: 'syncing' },
      { ...RUN, node: 'ftp1', id: 'cran', state: 'queued' },
      { ...RUN, node: 'ftp2', id: 'gnu', state: 'syncing' },
    ] as const
    expect(carriedBy('ftp1', runs)).toEqual(['debian', 'fedora'])
  })

  it('is compared with the newest version', () => {
    expect(newestVersion([{ version: '0.9.0' }, { version: '0.10.0' }, { version: null }])).toBe('0.10.0')
    expect(newestVersion([{ version: null }])).toBeNull()
    expect(noteOnVersion('0.9.0', '0.10.0')).toBe('update to 0.10.0')
    // Slaves may be updated before the master.
    expect(noteOnVersion('0.10.0', '0.9.0')).toBe('the master has 0.9.0: update it')
    for (const [version, newest] of [
      ['0.9.0', '0.9.0'],
      [null, '0.9.0'],
      ['0.9.0', null],
    ] as const)
      expect(noteOnVersion(version, newest)).toBe('')
  })
})

describe('a slave that is down', () => {
  it('says when it was seen last, and no more than the master knows: it forgets that when it is started', () => {
    const slave = { ...SLAVE, state: 'down' as const }
    const textOf = (last_seen: string | null) =>
      noticesOf({ masters: [], slaves: [{ ...slave, last_seen }] }, NOW)[0]?.text
    expect(textOf(MASTER.seen_at)).toMatch(/^: last seen \S/)
    expect(textOf(null)).toMatch(/^: it has not answered since the master was started\./)
  })
})
