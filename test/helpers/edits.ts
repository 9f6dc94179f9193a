// Random edits of a tree, the same ones for the same seed: everything that upstreams do, on few names, so that they meet.

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'

export type Random = () => number

/** rsync takes files of one size and time for equal, and times are coarse: no two are written with the same size. */
let written = 0
const content = (): string => 'content\n'.repeat(3) + '.'.repeat(written++ % 50_000)

/** Numbers from 0 up to 1 (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const NAMES = [
  ...[
    'a',
    'b',
    'c',
    'A',
    'b c',
    '-x',
    'new\nline',
    'tab\tx',
    'x -> y',
    'x => y',
    '\\#012',
    'ünicode',
    '.hidden',
    '*',
    '[a]',
  ],
  'long'.repeat(60),
].map((name) => Buffer.from(name))
/** Only root can edit and serve what is closed to its owner. */
const isRoot = process.getuid?.() === 0
const FILE_MODES = [0o644, 0o600, 0o755, 0o444, isRoot ? 0o000 : 0o400]
const FOLDER_MODES = [0o755, 0o775, isRoot ? 0o555 : 0o750]
/** No valid UTF-8. */
NAMES.push(Buffer.from([0x62, 0xff, 0xfe]))

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const join = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, Buffer.from('/'), name])

/** Makes `count` edits below a folder. */
export function editTree(root: string, random: Random, count: number): void {
  for (let number = 0; number < count; number++) editOnce(Buffer.from(root), random)
}

/** What rsync would change in names, types, contents, modes (but that owners may read what they have), times and links. */
export function differences(original: string, copy: string): string {
  const argv = ['-aHni', '--checksum', '--chmod=Du+rwx,Fu+r', '--delete', `${original}/`, `${copy}/`]
  return execFileSync('rsync', argv, { encoding: 'utf8' }).trim()
}

function editOnce(root: Buffer, random: Random): void {
  const [at, other] = [pickPlace(root, random), pickPlace(root, random)]
  const edits: (() => void)[] = [
    () => replace(at, () => writeFileSync(at, content())),
    () => replace(at, () => writeFileSync(at, content())),
    () => replace(at, () => mkdirSync(at)),
    () => replace(at, () => fillFolder(at, random)),
    () => replace(at, () => symlinkSync(pick(random, ['a', 'b', 'c/a', 'x -> y']), at)),
    () => isFile(other) && !isInside(at, other) && !isInside(other, at) && replace(at, () => linkSync(other, at)),
    () => isFile(other) && !isInside(at, other) && !isInside(other, at) && replace(at, () => linkSync(other, at)),
    () => rmSync(at, { recursive: true, force: true }),
    () => rmSync(at, { recursive: true, force: true }),
    () => exists(at) && !isLink(at) && chmodSync(at, pick(random, isFile(at) ? FILE_MODES : FOLDER_MODES)),
    () => exists(at) && !isLink(at) && utimesSync(at, 1_700_000_000, 1_700_000_000 + Math.floor(random() * 1e6)),
    () => exists(at) && !isInside(at, other) && !isInside(other, at) && replace(other, () => renameSync(at, other)),
  ]
  pick(random, edits)()
}

/** A name in the root, or in some folder below it. */
function pickPlace(root: Buffer, random: Random): Buffer {
  const place = join(root, pick(random, NAMES))
  const goesDeeper = random() < 0.6 && exists(place) && lstatSync(place).isDirectory()
  return goesDeeper ? pickPlace(place, random) : place
}

function replace(at: Buffer, make: () => void): void {
  rmSync(at, { recursive: true, force: true })
  make()
}

function fillFolder(at: Buffer, random: Random): void {
  mkdirSync(at)
  for (const name of NAMES.filter(() => random() < 0.4)) writeFileSync(join(at, name), content())
}

function exists(at: Buffer): boolean {
  return lstatSync(at, { throwIfNoEntry: false }) !== undefined
}

function isFile(at: Buffer): boolean {
  return lstatSync(at, { throwIfNoEntry: false })?.isFile() === true
}

function isLink(at: Buffer): boolean {
  return lstatSync(at).isSymbolicLink()
}

function isInside(outer: Buffer, inner: Buffer): boolean {
  return inner.equals(outer) || inner.toString('latin1').startsWith(`${outer.toString('latin1')}/`)
}
