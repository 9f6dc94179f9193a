import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { splitByFilters } from '../../../shared/trees/name-filter.ts'
import { firstPassFilters } from '../../../shared/trees/passes.ts'
import type { EntryKind, PathList } from '../../../shared/trees/path-list.ts'
import type { NameFilter } from '../../../shared/trees/source.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const FILES = [
  'Release',
  'InRelease',
  'ls-lR.gz',
  'repodata/repomd.xml',
  'os/repodata/x.xml.gz',
  'os/Packages/a.rpm',
  'dists/stable/Release.gpg',
  'dists/stable/main/Contents-amd64.gz',
  'dists/stable/main/binary-amd64/Packages.xz',
  'dists/stable/main/binary-amd64/by-hash/SHA256/abc',
  'dists/stable/main/binary-amd64/Packages.diff/Index',
  'dists/stable/main/binary-amd64/Packages.diff/2026-01-01',
  'dists/stable/main/i18n/Translation-en.xz',
  'dists/stable/main/installer-amd64/current/images/MANIFEST',
  'dists/stable/main/installer-amd64/2026/images/MANIFEST',
  'pool/main/p/Packages-of-cheese.deb',
  'pool/a[b]c',
  'pool/a?c',
  'pool/weird\\name',
  'deep/er/and/deeper.idx',
]

/** Every file and the folders above it, and what rsync itself takes of them. */
function compare(filters: readonly NameFilter[]): { ours: string[]; theirs: string[] } {
  const [from, to] = [temporaryFolder(), temporaryFolder()]
  const list: PathList = new Map<string, EntryKind>()
  for (const file of FILES) {
    mkdirSync(path.dirname(path.join(from, file)), { recursive: true })
    writeFileSync(path.join(from, file), '')
    for (let folder = path.dirname(file); folder !== '.'; folder = path.dirname(folder)) list.set(folder, 'folder')
    list.set(file, 'file')
  }
  const words = filters.map((one) => ('include' in one ? `--filter=+ ${one.include}` : `--filter=- ${one.exclude}`))
  const output = execFileSync('rsync', ['-an8', '--out-format=%n', ...words, `${from}/`, `${to}/`], {
    encoding: 'utf8',
  })
  const theirs = output
    .split('\n')
    .map((line) => line.replace(/\/$/, ''))
    .filter((line) => line !== '' && line !== '.')
  return { ours: [...splitByFilters(list, filters)[0].keys()].sort(), theirs: theirs.sort() }
}

describe('a list that is split by filters', () => {
  it.each<[string, readonly NameFilter[]]>([
    ['debian', firstPassFilters('debian')],
    ['rpm', firstPassFilters('rpm')],
    ['a suffix', [{ exclude: '*.idx' }]],
    ['an anchored name', [{ exclude: '/Release' }]],
    ['a path', [{ exclude: 'stable/Release.gpg' }]],
    ['an anchored path', [{ exclude: '/stable/Release.gpg' }]],
    ['two stars', [{ exclude: 'dists/**/Packages.xz' }]],
    ['a folder alone', [{ exclude: 'Packages/' }]],
    ['a folder and its content', [{ exclude: 'installer-*/***' }]],
    ['a set', [{ exclude: 'Rel[a-f]ase' }]],
    ['a set that is not', [{ exclude: '[!R]elease' }]],
    ['a question mark', [{ exclude: 'pool/a?c' }]],
    ['an escape', [{ exclude: 'pool/a\\[b]*' }]],
    ['a backslash without wildcards', [{ exclude: 'weird\\name' }]],
    ['many stars', [{ exclude: '*a*k*g*s*' }]],
    ['many stars from the root on', [{ exclude: '/d*s/*t*b*/*/*.*/I*x' }]],
    ['many stars that nothing matches', [{ exclude: '*a*c*k*a*g*e*s*z' }]],
    ['stars of both kinds', [{ exclude: '**m*n/**/*a*A*/*' }]],
    ['stars of both kinds, and a folder with its content', [{ exclude: '*i*/**-*64/***' }]],
    ['a range the wrong way round', [{ exclude: '[z-a]elease' }]],
    ['a mark that ends other rules', [{ exclude: 'Release' }, { exclude: '!' }]],
    ['what looks like a rule', [{ exclude: '+ Release' }, { exclude: '- InRelease' }]],
    ['an exception', [{ include: 'Release' }, { exclude: '*Release*' }]],
    ['a hidden folder whose content is included', [{ include: '*.deb' }, { exclude: '/pool/' }]],
  ])('holds back what rsync does: %s', (_name, filters) => {
    const { ours, theirs } = compare(filters)
    expect(ours).toEqual(theirs)
  })
})

it('takes no time that a pattern makes long', () => {
  const list: PathList = new Map([
    ['a'.repeat(255), 'file'],
    [`${'a/'.repeat(100)}a`, 'file'],
  ])
  for (const pattern of [
    `${'*a'.repeat(100)}b`,
    `/${'**a'.repeat(60)}b`,
    `${'*[a-z]?'.repeat(30)}b`,
    `${'*a*/'.repeat(50)}b/***`,
  ]) {
    const started = performance.now()
    expect(splitByFilters(list, [{ exclude: pattern }])[0].size, pattern).toBe(2)
    expect(performance.now() - started).toBeLessThan(2_000)
  }
})
