// Whatever stands in a file, the importers tell of it.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readAptMirror } from '../../../cli/import/apt-mirror.ts'
import { readCrontab } from '../../../cli/import/crontab.ts'
import { readFtpsync } from '../../../cli/import/ftpsync.ts'
import { readQuickFedoraMirror } from '../../../cli/import/quick-fedora-mirror.ts'
import { readTunasync } from '../../../cli/import/tunasync.ts'
import { importText } from './read.ts'

const PIECES = [
  ...[
    '$(',
    ')',
    '`',
    '"',
    "'",
    '\\',
    '#',
    ' #',
    '(',
    ' ',
    '\n',
    '=',
    'A=',
    'A=(',
    'A="',
    '2>&1',
    '>>',
    '&&',
    '${',
    '}',
    '-',
  ],
  ...[
    'rsync',
    ' -a',
    ' h::m',
    ' /srv/m',
    'pass=',
    'x://a:',
    '@',
    '%',
    '*',
    '/5',
    'DESTD=',
    'RSYNC_HOST=',
    'sh -c "',
    '[[mirrors]]',
  ],
]
const pieces = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 30 })
  .map((parts) => parts.join(''))
/** An expression that tries every way to match would not come to its end. */
const repeated = fc
  .tuple(fc.constantFrom(...PIECES), fc.constantFrom(...PIECES, ''))
  .map(([one, other]) => (one + other).repeat(60))

it('any line of a crontab becomes a project or is left', () => {
  const line = fc.oneof(pieces, repeated).map((text) => text.replaceAll('\n', ' '))
  fc.assert(
    fc.property(line, (text) => {
      const { fleet, rows } = importText(readCrontab, `0 4 * * * rsync -a ${text}`)
      expect((fleet.projects ?? []).length + rows.filter(({ result }) => result === 'left').length).toBeGreaterThan(0)
    }),
    { numRuns: 200 },
  )
})

it('any configuration of assignments is read', () => {
  fc.assert(
    fc.property(fc.oneof(pieces, repeated), (text) => {
      for (const reader of [readFtpsync, readQuickFedoraMirror])
        expect(importText(reader, `X=${text}\n`).rows.length).toBeGreaterThan(0)
    }),
    { numRuns: 200 },
  )
})

it('any other file is read, or said to be none', () => {
  fc.assert(
    fc.property(pieces, (text) => {
      for (const reader of [readTunasync, readAptMirror]) {
        try {
          importText(reader, text)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
          expect(error).not.toBeInstanceOf(TypeError)
        }
      }
    }),
    { numRuns: 100 },
  )
})
