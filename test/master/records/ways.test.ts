// Which upstream a run asks, and when it goes on to the next.

import { expect, it } from 'vitest'
import { judgeWay, waysOf } from '../../../master/records/ways.ts'
import { project } from '../../helpers/stored.ts'

const upstream = (rsync_host: string) => ({
  rsync_host,
  rsync_port: 873,
  rsync_module: 'm',
  rsync_user: null,
  rsync_password: null,
})

it('is each in the order of preference, or the one that is picked', () => {
  const stored = project('p', { rsync_host: 'a', rsync_password: 'sealed', upstreams: [upstream('b'), upstream('c')] })
  const seen = waysOf(stored, null).map((way) => [way.number, way.project.rsync_host, way.project.rsync_password])
  expect(seen).toEqual([
    [1, 'a', 'sealed'],
    [2, 'b', null],
    [3, 'c', null],
  ])
  expect(waysOf(stored, 3).map((way) => way.project.rsync_host)).toEqual(['c'])
  expect(waysOf(stored, 4)).toEqual([])
  expect(waysOf(project('p'), null)).toHaveLength(1)
})

it.each([
  ['a closed port', { outcome: 'retry', exitCode: 10 }, 'next'],
  ['no connection left', { outcome: 'retry', exitCode: 5 }, 'next'],
  ['a time-out', { outcome: 'retry', exitCode: 30 }, 'next'],
  ['a server that does not begin', { outcome: 'retry', exitCode: null }, 'next'],
  ['a connection that broke off', { outcome: 'retry', exitCode: 12 }, 'next'],
  ['a refused log-in', { outcome: 'permanent', exitCode: 5 }, 'refused'],
  ['files that could not be read', { outcome: 'retry', exitCode: 23 }, 'here'],
  ['options of our own that are wrong', { outcome: 'permanent', exitCode: 1 }, 'here'],
  ['the guard', { outcome: 'blocked', exitCode: 25 }, 'here'],
  ['a stop', { outcome: 'stopped', exitCode: 20 }, 'here'],
  ['success', { outcome: 'success', exitCode: 0 }, 'here'],
] as const)('goes on after %s or not', (_name, end, verdict) => expect(judgeWay(end)).toBe(verdict))
