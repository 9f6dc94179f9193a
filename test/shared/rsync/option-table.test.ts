// The shapes of values, and the reasons of refusals.

import { describe, expect, it } from 'vitest'
import { refusalReason, type Shape, VALUE_SHAPES } from '../../../shared/rsync/option-table.ts'

describe('the value of an option', () => {
  it.each<[Exclude<Shape, 'flag'>, string[], string[]]>([
    ['count', ['0', '7', '999999999'], ['', '-1', '1.5', '1k', '1000000000']],
    ['timeout', ['1', '600', '999999'], ['0', '', '-5', '01', '1000000']],
    ['size', ['500', '10m', '1.5G', '2MiB', '3kb', '7b', '1g+1', '1g-1'], ['', 'm', 'fast', '1.', '1g+2', '1 m']],
    ['pattern', ['*.iso', '- x', '!x'], ['', '!', ' ! ']],
    [
      'rule',
      ['R .~tmp~', 'hide *.iso', 'S - x'],
      ['', 'R', 'R ', 'merge x', '. x', ': x', 'R, x', 'H!x', '- x', 'risk_x', 'P\tx'],
    ],
    ['checksum', ['xxh3', 'md5,sha1', 'auto'], ['', 'none', 'md5,none', 'md5,md5,md5', 'zstd', 'a b']],
    ['compression', ['zstd', 'none', 'auto'], ['', 'zstd,lz4', 'md5', 'a b']],
    ['chmod', ['755', 'Dug=rwx,F644', 'a+X', 'go-w'], ['4755', 'u+s', '+t', '75', 'D', '']],
    ['owner', ['mirror', 'mirror:mirror', ':mirror', '0:0'], ['', ':', 'a b', 'a:', 'a:b:c']],
    ['map', ['*:mirror', '0-99:nobody,*:mirror'], ['', '*', '*:root;id', 'a:*', '*:a,']],
    ['charset', ['UTF-8', 'UTF-8,ISO-8859-1', '.'], ['', 'a/b', 'a,b,c']],
    ['suffixes', ['gz/jpg/mp[34]'], ['', 'gz jpg', '*']],
  ])('that is a %s may be %j, and not %j', (shape, right, wrong) => {
    for (const value of right) expect(VALUE_SHAPES[shape].matches(value), value).toBe(true)
    for (const value of wrong) expect(VALUE_SHAPES[shape].matches(value), value).toBe(false)
  })
})

describe('the reason of a refusal', () => {
  it('is its own for each kind of option', () => {
    const kinds = ['inplace', 'password-file', 'rsh', 'dry-run', 'delete', 'no-such-option'].map(refusalReason)
    expect(new Set(kinds).size).toBe(6)
    for (const [one, other] of [
      ['L', 'inplace'],
      ['files-from', 'password-file'],
      ['e', 'rsh'],
      ['n', 'dry-run'],
      ['delete-excluded', 'delete'],
    ] as const)
      expect(refusalReason(one)).toBe(refusalReason(other))
  })
})
