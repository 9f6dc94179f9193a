import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseChange, showChange } from '../../../shared/rsync/itemize.ts'

describe('parseChange', () => {
  it.each([
    ['#>f+++++++++\t3\t43\ta/b c\t', { name: 'a/b c', kind: 'file', linkedTo: null }],
    ['#.d..t......\t4096\t0\t./\t', { name: '.', kind: 'folder', linkedTo: null }],
    ['#cd+++++++++\t4096\t0\ta/\t', { name: 'a', kind: 'folder', linkedTo: null }],
    ['#*deleting  \t0\t0\tgone/\t', { name: 'gone', kind: 'gone', linkedTo: null }],
    ['#cL+++++++++\t3\t0\tlink\t -> a/1', { name: 'link', kind: 'file', linkedTo: null }],
    ['#hf+++++++++\t2\t0\tx\t => y', { name: 'x', kind: 'file', linkedTo: 'y' }],
    ['#>f+++++++++\t1\t41\tx => y -> z\t', { name: 'x => y -> z', kind: 'file', linkedTo: null }],
    ['#>f+++++++++\t1\t41\ttab\tx\t', { name: 'tab\tx', kind: 'file', linkedTo: null }],
    ['#>f+++++++++\t1\t41\tnew\\#012line\t', { name: 'new\nline', kind: 'file', linkedTo: null }],
    ['#>f+++++++++\t1\t41\tbad\\#377\t', { name: 'bad\xff', kind: 'file', linkedTo: null }],
    ['#>f+++++++++\t1\t41\tlit\\#134#012\t', { name: 'lit\\#012', kind: 'file', linkedTo: null }],
    ['#>f+++++++++\t1\t41\t\xc3\xbc\t', { name: '\xc3\xbc', kind: 'file', linkedTo: null }],
    [
      '#>f+++++++++\t1\t41\t\xf4\x90\x80\x80\xf8\x88\x80\x80\x80\t',
      { name: '\xf4\x90\x80\x80\xf8\x88\x80\x80\x80', kind: 'file', linkedTo: null },
    ],
    ['#>f+++++++++\t1\t41\ta\t -> b\t', { name: 'a\t -> b', kind: 'file', linkedTo: null }],
    ['#.f...p.....\t1\t0\ta\t => b\t', { name: 'a\t => b', kind: 'file', linkedTo: null }],
    ['#cd+++++++++\t1\t0\ta\t -> b/\t', { name: 'a\t -> b', kind: 'folder', linkedTo: null }],
    ['#*deleting  \t0\t0\ta\t -> b\t', { name: 'a\t -> b', kind: 'gone', linkedTo: null }],
    ['#hL+++++++++\t2\t0\tx\t => y -> z', { name: 'x', kind: 'file', linkedTo: 'y -> z' }],
    ['#cL+++++++++\t1\t0\tx\t -> y\t -> b', { name: 'x\t -> y', kind: 'file', linkedTo: null }],
    ['#cL+++++++++\t8\t0\tx\t -> y\t -> \\#012b', { name: 'x', kind: 'file', linkedTo: null }],
    ['#hf+++++++++\t2\t0\tx\t -> y\t', { name: 'x\t -> y', kind: 'file', linkedTo: null }],
  ])('reads %j', (line, expected) => {
    expect(parseChange(line)).toEqual(expected)
  })

  it.each([
    ['#>f+++++++++\t3\t43\t../outside\t', 'climbs out'],
    ['#>f+++++++++\t3\t43\t/etc/passwd\t', 'is absolute'],
    ['#>f+++++++++\t3\t43\ta\\#000b\t', 'holds a zero byte'],
    ['#hf+++++++++\t2\t0\tx\t => y\t => z', 'may be split in two ways'],
    ['#cL+++++++++\t2\t0\tx\t -> y\t -> z', 'has no target of its length'],
    ['#hf+++++++++\t2\t0\tx\t => y\t', 'may be a name with the mark, or a link to a name with a tab'],
    ['#>f+++++++++\t3\t43\tno end', 'has no end'],
    ['#>f+++++++++\tx\t43\ta\t', 'is no line of ours'],
  ])('is certain of nothing for %j, which %s', (line) => {
    expect(parseChange(line)).toBeNull()
  })

  it('gets back any name as rsync escapes it', () => {
    const octal = (byte: number) => `\\#${byte.toString(8).padStart(3, '0')}`
    fc.assert(
      fc.property(fc.uint8Array({ min: 1, minLength: 1, maxLength: 30 }), (bytes) => {
        const name = Buffer.from(bytes).toString('latin1')
        if (name.includes('/') || name === '.' || name === '..') return
        const written = [...bytes].map((byte) =>
          byte < 32 || byte > 126 || byte === 92 ? octal(byte) : String.fromCharCode(byte),
        )
        expect(parseChange(`#>f+++++++++\t1\t1\t${written.join('')}\t`)?.name).toBe(name)
      }),
    )
  })

  it('is shown to people without what is only there to parse', () => {
    expect(showChange('#>f+++++++++\t3\t43\ta\t')).toBe('>f+++++++++\t3\t43\ta')
    expect(showChange('#hf+++++++++\t2\t0\tx\t => y')).toBe('hf+++++++++\t2\t0\tx => y')
  })
})
