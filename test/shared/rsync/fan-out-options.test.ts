import { describe, expect, it } from 'vitest'
import { fanOutOptions } from '../../../shared/rsync/fan-out-options.ts'

const of = (defaults: string, basic: string[] = [], remove = '--delete') =>
  fanOutOptions({ basic, defaults: defaults.split(' '), delete: remove })

describe('the options of the fan-out', () => {
  it.each([
    ['-avH', '-aH'],
    ['-avSH --delay-updates', '-aSH'],
    ['-rlptH --safe-links --timeout=600 --contimeout=60 --no-motd -v', '-rlptH'],
    ['-aH -4 --bwlimit=10m --max-delete=4000 --exclude=*.iso --sparse', '-aH --sparse'],
    ['-a --no-owner --no-group --chmod=D755,F644 --chown=mirror', '-a --no-owner --no-group'],
    ['-aHAX --numeric-ids --iconv=utf8,latin1 --modify-window=1', '-aHAX --numeric-ids'],
    ['-a -z --existing --max-size=1g -m', '-a'],
    ['-a --munge-links', '-a --munge-links'],
    // Nodes of ours tell files apart by their times.
    ['-rlpH', '-rlpH --times'],
    ['-rl --times', '-rl --times'],
    ['-a --no-times', '-a'],
  ])('of %j are %j', (defaults, expected) => {
    expect(of(defaults).defaults.join(' ')).toBe(expected)
  })

  it('delete what the master has deleted, when the project deletes at all', () => {
    expect(of('-a').delete).toBe('--delete')
    expect(of('-a', [], '--delete-excluded').delete).toBe('--delete')
    expect(of('-a', [], '').delete).toBe('')
  })
})
