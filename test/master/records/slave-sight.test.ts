import { describe, expect, it } from 'vitest'
import { nextSight } from '../../../master/records/slave-sight.ts'
import { describeRefusal } from '../../../master/stages/slave-refusal.ts'

const HEALTH = { status: 'ok' as const, version: '0.1.0', trees: 'abc', rsyncd_port: 873, protocol: 2 }
const REACH = { at: 'T0', url: 'http://localhost:5000', api: null, rsyncd: 'localhost:8873 refuses connections' }
const seen = nextSight(undefined, { health: HEALTH, refusal: null, toMaster: REACH, silence: null }, 'T1')

describe('a look at a slave', () => {
  it('finds it up, refusing or down; what it said before is kept', () => {
    expect(seen).toEqual({
      state: 'up',
      reason: null,
      last_seen: 'T1',
      version: '0.1.0',
      rsyncdPort: 873,
      protocol: 2,
      trees: 'abc',
      toMaster: REACH,
      publicName: null,
    })
    expect(nextSight(seen, { health: HEALTH, refusal: 'why', toMaster: null, silence: null }, 'T2')).toMatchObject({
      state: 'refuses',
      reason: 'why',
      last_seen: 'T2',
    })
    expect(
      nextSight(seen, { health: null, refusal: null, toMaster: null, silence: 'Connection refused' }, 'T2'),
    ).toEqual({
      ...seen,
      state: 'down',
      reason: 'Connection refused',
      last_seen: 'T1',
      rsyncdPort: null,
      toMaster: null,
    })
  })
})

describe('an answer of a slave', () => {
  const body = (code: string, message = 'm') => ({ method: 'jobs', success: false, error: { code, message } })

  it.each([
    [401, body('SLAVE_TOKEN_DIFFERS'), /^SLAVE_TOKEN differs\. Run "mirrorfleet slave token ftp2:7000"/],
    [403, body('SLAVE_ID_DIFFERS'), /^SLAVE_ID differs/],
    // Of an earlier version, or of something before the slave.
    [
      401,
      body('NOT_AUTHENTICATED'),
      /^SLAVE_TOKEN differs, or the slave is older than this master\. Update the slave\./,
    ],
    [403, 'Forbidden', /answered with status 403/],
  ])('%i %j is a refusal', (status, answer, reason) => {
    expect(describeRefusal('ftp2:7000', { status, body: answer })).toMatch(reason)
  })

  it('is no refusal with another status, and never shown at length', () => {
    for (const status of [200, 404, 421, 500, 503])
      expect(describeRefusal('ftp2:7000', { status, body: {} })).toBeNull()
    const long = describeRefusal('ftp2:7000', { status: 403, body: body('X', 'x'.repeat(100_000)) })
    expect(long?.length).toBeLessThan(500)
  })
})
