import { describe, expect, it } from 'vitest'
import { readSerial, tracePath, traceText } from '../../../shared/traces/trace.ts'

const FACTS = {
  host: 'master-1',
  creator: 'Mirrorfleet 0.1.0',
  began: Date.parse('2026-11-03T07:04:59Z'),
  ended: Date.parse('2026-11-03T07:05:09.900Z'),
  trigger: 'cron',
  upstream: 'ftp.example.org',
  serial: '2026110302',
  bytes: 28_168_690,
}

describe('a trace', () => {
  it('has the fields of ftpsync', () => {
    expect(traceText({ style: 'debian' }, FACTS)).toBe(
      [
        // As `date -u` prints it: the day is padded with a space.
        'Tue Nov  3 07:05:09 UTC 2026',
        'Date: Tue, 03 Nov 2026 07:05:09 +0000',
        'Date-Started: Tue, 03 Nov 2026 07:04:59 +0000',
        'Archive serial: 2026110302',
        'Creator: Mirrorfleet 0.1.0',
        'Running on host: master-1',
        'Trigger: cron',
        'Upstream-mirror: ftp.example.org',
        'Rsync-Transport: plain',
        'Total bytes received in rsync: 28168690',
        'Total time spent in rsync: 11',
        'Average rate: 2560790 B/s',
        '',
      ].join('\n'),
    )
  })

  it('of an archive without a serial, or a source without a host, says so', () => {
    const text = traceText({ style: 'debian' }, { ...FACTS, serial: null, upstream: '' })
    expect(text).toContain('\nArchive serial: unknown\n')
    expect(text).not.toContain('Upstream-mirror')
  })

  it('of the other style is the second', () =>
    expect(traceText({ style: 'timestamp' }, FACTS)).toBe(`${Date.parse('2026-11-03T07:05:09Z') / 1000}\n`))

  it.each([
    [{ style: 'debian' as const }, 'ftp.example.org', 'project/trace/ftp.example.org'],
    [{ style: 'debian' as const }, '2001:db8::1', 'project/trace/2001-db8--1'],
    [{ style: 'debian' as const }, '::1', 'project/trace/1'],
    [{ style: 'timestamp' as const }, 'ftp.example.org', 'lastsync'],
    [{ style: 'timestamp' as const, file: 'status/TIME' }, 'ftp.example.org', 'status/TIME'],
  ])('%j of %s is %s', (trace, name, file) => expect(tracePath(trace, name)).toBe(file))

  it.each([
    ['Archive serial: 2026112601', '2026112601'],
    ['x\nArchive Serial:   7 \ny', '7'],
    ['Archive serial: unknown', null],
    ['', null],
  ])('%j has the serial %s', (text, serial) => expect(readSerial(text)).toBe(serial))
})
