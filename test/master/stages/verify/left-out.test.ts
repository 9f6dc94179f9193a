import { describe, expect, it } from 'vitest'
import { createLeftOut } from '../../../../master/stages/verify/left-out.ts'

const options = (...basic: string[]) =>
  createLeftOut({ layout: 'debian', rsync_options: { basic, defaults: ['-a'], delete: '' } })

describe('createLeftOut', () => {
  it.each([
    [['--exclude=*_armhf.deb'], 'pool/x_armhf.deb', true],
    [['--exclude=*_armhf.deb'], 'pool/x_amd64.deb', false],
    [['--include=keep.deb', '--exclude=*.deb'], 'pool/keep.deb', false],
    [['--exclude=/dists/old/'], 'dists/old/main/x', true],
    [['--exclude', '/pool/'], 'other/pool/x', false],
    [['--filter=hide *.deb'], 'pool/x.deb', true],
    [['--filter=S keep.deb', '--filter=H *.deb'], 'pool/keep.deb', false],
    [['--filter=P *.deb', '--filter=risk /pool/'], 'pool/x.deb', false],
  ])('%j: %s is left out: %s', (words, name, is) => expect(options(...words)(name, 5)).toBe(is))

  it.each([
    ['--max-size=1k', 1025, true],
    ['--max-size=1k', 1024, false],
    ['--max-size=1kb', 1001, true],
    ['--max-size=2000-1', 2000, true],
    ['--min-size=10', 9, true],
    ['--max-size=1.5m', 1_572_864, false],
  ])('%s: %i bytes are left out: %s', (word, size, is) => expect(options(word)('pool/x', size)).toBe(is))
})
