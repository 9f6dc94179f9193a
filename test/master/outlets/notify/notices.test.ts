import { describe, expect, it } from 'vitest'
import { kindOf, type Notice, writeMessage } from '../../../../master/outlets/notify/notices.ts'
import { isLow } from '../../../../master/records/disk-room.ts'

const failed = (about: string, cause = 'connection refused'): Notice => ({
  kind: 'failed',
  about,
  group: 'rsync.example.org',
  cause,
})

describe('a message to people', () => {
  it('tells forty projects of one dead upstream in one paragraph', () => {
    const notices = Array.from({ length: 40 }, (_, index) => failed(`p${index}`))
    const { subject, text } = writeMessage(notices, 'Mirrorfleet a')
    expect(subject).toBe('Mirrorfleet a: 40 projects of rsync.example.org: failed')
    expect(text.split('\n')).toEqual([
      '40 projects of rsync.example.org: failed',
      'p0, p1, p2, p3, p4, p5, p6, p7, p8, p9 and 30 more',
      'connection refused',
    ])
  })

  it('has the worst first, and each cause once', () => {
    const down: Notice = { kind: 'slave down', about: 's:7000', group: 's:7000', cause: 'It does not answer.' }
    const { subject, text } = writeMessage([failed('a'), failed('b', 'auth failed'), down], 'M')
    expect(subject).toBe('M: s:7000: slave down, and 1 more')
    expect(text).toContain('a, b\nconnection refused\nauth failed')
  })

  it('calls the ends of runs by their names', () => {
    const error = (code: string) => ({ code, message: '' })
    expect(kindOf({ state: 'blocked', error: error('UPSTREAM_NOT_WHOLE') })).toBe('held')
    expect(kindOf({ state: 'blocked', error: error('DELETE_GUARD') })).toBe('blocked')
    expect(kindOf({ state: 'interrupted', error: null })).toBe('failed')
    expect([kindOf({ state: 'succeeded', error: null }), kindOf({ state: 'stopped', error: null })]).toEqual([
      null,
      null,
    ])
  })
})

it('a disk is low before syncs stop, and a large one not by its share alone', () => {
  const [GIB, floor] = [1024 ** 3, 256 * 1024 ** 2]
  expect(isLow(0.2 * GIB, 10 * GIB, floor)).toBe(true)
  expect(isLow(2 * GIB, 10 * GIB, floor)).toBe(false)
  expect(isLow(200 * GIB, 100_000 * GIB, floor)).toBe(false)
})
