// Options as one text.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinQuoted, readOptionText, splitQuoted } from '../../../shared/rsync/option-text.ts'

describe('options as one text', () => {
  it.each([
    [['-avH', '--bwlimit=20m'], '-avH --bwlimit=20m'],
    [['--filter=R .~tmp~', '-a'], "--filter='R .~tmp~' -a"],
    [["--exclude=it's"], `--exclude='it'"'"'s'`],
    [['--exclude=a"b'], `--exclude='a"b'`],
    [[''], "''"],
  ])('%j are %s', (words, text) => {
    expect(joinQuoted(words)).toBe(text)
    expect(splitQuoted(text)).toEqual(words)
  })

  it('are read as they were written', () => {
    const odd = fc.string({ unit: fc.constantFrom("'", '"', ' ', 'a', '=', '-') })
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), odd)), (words) => {
        expect(splitQuoted(joinQuoted(words))).toEqual(words)
      }),
    )
  })

  it.each([
    ['-avH --bwlimit=20m', { defaults: ['-avH', '--bwlimit=20m'] }],
    [
      `-av --exclude 'a b' -f "R .~tmp~" --delete`,
      { defaults: ['-av', '--exclude=a b', '-fR .~tmp~'], delete: '--delete' },
    ],
    ['-a --delete-excluded --delete-after', { defaults: ['-a'], delete: '--delete-excluded' }],
    [
      '-a --exclude=a;b --exclude --delete -e ssh',
      { defaults: ['-a', '--exclude=a;b', '--exclude=--delete', '-essh'] },
    ],
    [`-a --exclude=it's`, { defaults: ['-a', "--exclude=it's"] }],
    [' ', { defaults: [] }],
  ])('%j have deletes of their own', (text, parts) => expect(readOptionText(text)).toEqual(parts))
})
