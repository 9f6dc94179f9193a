import { describe, expect, it } from 'vitest'
import { readFilterLines } from '../../../shared/filter-lines.ts'
import { assertFilters, withFilters } from '../../../shared/rsync/filters.ts'
import { checkOptions } from '../../../shared/rsync/options.ts'

const OPTIONS = { basic: ['--include=*.iso'], defaults: ['-avH', '--exclude=tmp'], delete: '--delete' }

describe('the filters of a project', () => {
  it('come before those among its options, in their order', () => {
    expect(checkOptions(withFilters(OPTIONS, ['include keep.iso', '- *.iso', 'P local'])).words).toEqual([
      '--include=keep.iso',
      '--exclude=*.iso',
      '--filter=P local',
      '-avH',
      '--exclude=tmp',
      '--include=*.iso',
    ])
    expect(withFilters(OPTIONS, [])).toBe(OPTIONS)
  })

  it.each(['exclude *.iso', '+ a', 'hide /tmp', 'risk x', 'protect y', 'show z'])('may be “%s”', (rule) =>
    expect(() => assertFilters([rule])).not.toThrow(),
  )

  it.each([
    '*.iso',
    'merge /etc/passwd',
    '. /etc/passwd',
    ': .filter',
    'exclude',
    '!',
    'exclude a\nmerge b',
    'dir-merge x',
  ])('are not “%s”', (rule) =>
    expect(() => assertFilters(['exclude a', rule])).toThrow(expect.objectContaining({ field: 'filters.1' })),
  )

  it('are read from a list for --exclude-from', () => {
    expect(readFilterLines('# all images\n*.iso\n\n+ keep\r\n; no more\nexclude tmp/\n')).toEqual([
      'exclude *.iso',
      '+ keep',
      'exclude tmp/',
    ])
  })
})
