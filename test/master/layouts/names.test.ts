import { describe, expect, it } from 'vitest'
import { debian } from '../../../master/layouts/debian.ts'
import type { NamedFile } from '../../../master/layouts/layout.ts'
import { nameBelow } from '../../../master/layouts/names.ts'
import { rpm } from '../../../master/layouts/rpm.ts'
import { readSumLine } from '../../../master/layouts/sum-lines.ts'

const HEX = 'a'.repeat(64)
const index = (name: string, reads: string): NamedFile => ({ name, size: null, sum: null, reads, absence: 'fault' })
async function* chunks(text: string, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
async function collect(files: AsyncIterable<readonly NamedFile[]>): Promise<NamedFile[]> {
  const all: NamedFile[] = []
  for await (const batch of files) all.push(...batch)
  return all
}

describe('nameBelow', () => {
  it.each([
    ['pool', 'a/b.deb', 'pool/a/b.deb'],
    ['', './a//b.deb', 'a/b.deb'],
    ['x', '.', null],
    ['x', '', null],
    ['x', '../y', null],
    ['x', 'a/../../../etc/passwd', null],
    ['x', '/etc/passwd', null],
    ['x', 'a\0b', null],
    ['x', 'a'.repeat(5000), null],
    ['x', '..a', 'x/..a'],
  ])('in %j: %j is %j', (base, relative, name) => expect(nameBelow(base, relative)).toBe(name))
})

describe('names in hostile indices', () => {
  it('never lead out of the tree: Packages', async () => {
    const stanza = (name: string) => `Package: x\nFilename: ${name}\nSize: 5\nSHA256: ${HEX}\n\n`
    const text = ['../../etc/passwd', '/etc/passwd', 'pool/../../x', 'pool/x\0y', './pool/ok.deb'].map(stanza).join('')
    const files = await collect(debian.readIndex(index('dists/s/main/binary-a/Packages', 'packages'), chunks(text)))
    expect(files.map(({ name }) => name)).toEqual(['pool/ok.deb'])
  })

  it('never lead out of the tree: Sources', async () => {
    const text = `Directory: ../..\nChecksums-Sha256:\n ${HEX} 3 ../x.dsc\n ${HEX} 3 y.dsc\n\nDirectory: pool/z\nFiles:\n ${'b'.repeat(32)} 4 z.dsc\n`
    const files = await collect(debian.readIndex(index('dists/s/main/source/Sources', 'sources'), chunks(text)))
    expect(files.map(({ name }) => name)).toEqual(['y.dsc', 'pool/z/z.dsc'])
  })

  it('never lead out of the tree, and not to other hosts: primary.xml', async () => {
    const one = (href: string, more = '') =>
      `<package><checksum type="sha256" pkgid="YES">${HEX}</checksum><size package="7"/><location ${more}href="${href}"/></package>`
    const text = `<metadata>${one('../../x.rpm')}${one('/x.rpm')}${one('y.rpm', 'xml:base="http://example.org/" ')}${one('Packages/é&amp;.rpm')}</metadata>`
    const files = await collect(rpm.readIndex(index('a/repodata/p-primary.xml', 'primary'), chunks(text)))
    const bytes = Buffer.from('a/Packages/é&.rpm').toString('latin1')
    expect(files).toEqual([
      { name: bytes, size: 7, sum: { algorithm: 'sha256', hex: HEX }, reads: null, absence: 'fault' },
    ])
  })

  it('do not expand entities of their own', async () => {
    const text =
      '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><metadata><package><location href="&b;"/></package></metadata>'
    await expect(collect(rpm.readIndex(index('repodata/primary.xml', 'primary'), chunks(text)))).rejects.toThrow(
      /entity/i,
    )
  })
})

describe('a packed index that is cut', () => {
  it('is not taken for a short one: XML', async () => {
    const text = '<metadata><package><location href="a.rpm"/></package>'
    await expect(collect(rpm.readIndex(index('repodata/primary.xml', 'primary'), chunks(text)))).rejects.toThrow()
  })
})

describe('readSumLine', () => {
  const sum = { algorithm: 'sha256', hex: HEX }
  it.each([
    [`${HEX}  a b.iso`, { sum, name: 'a b.iso' }],
    [`${HEX} *a.iso\r`, { sum, name: 'a.iso' }],
    [`SHA256 (a (1).iso) = ${HEX.toUpperCase()}`, { sum, name: 'a (1).iso' }],
    [HEX, { sum, name: '' }],
    [`\\${HEX}  a\\nb\\\\c`, { sum, name: 'a\nb\\c' }],
    ['# a comment', null],
    ['-----BEGIN PGP SIGNED MESSAGE-----', null],
    ['Hash: SHA256', null],
    [`${'a'.repeat(50)}  x`, null],
  ])('%j', (line, said) => expect(readSumLine(line)).toEqual(said))
})
