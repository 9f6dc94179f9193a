// Random edits of a tree, the same ones for the same seed: everything that upstreams do, on few names, so that they meet.

import {
  chmodSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { FILE_MODES, FOLDER_MODES, isRoot, NAMES, OWNERS, TARGETS, TIMES } from './edit-vocabulary.ts'
import { despiteModes, namesIn } from './open-modes.ts'
import { makeSpecial } from './special-files.ts'

export type Random = () => number

/** rsync takes files of one size and time for equal, and times are coarse: no two are written with the same size. */
let written = 0
const content = (): string => 'content\n'.repeat(3) + '.'.repeat(written++ % 50_000)
const LARGE = 200_000
const HALF_FULL = 0.4

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

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const join = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, Buffer.from('/'), name])

/** What edits are made on: the tree, and the few of all names that are used in it. */
export interface Edited {
  root: string
  random: Random
  names: readonly Buffer[]
}

/** The names of one tree: few, so that edits meet. */
export function pickNames(random: Random, count: number): Buffer[] {
  const rest = [...NAMES]
  return Array.from({ length: count }, () => rest.splice(Math.floor(random() * rest.length), 1)[0] as Buffer)
}

/** Makes `count` edits below a folder; whatever its modes, and they stay. */
export function editTree(root: string, random: Random, count: number, names: readonly Buffer[] = NAMES): void {
  const modes: [Buffer, number][] = []
  despiteModes(root, () => {
    for (let number = 0; number < count; number++) editOnce({ root, random, names }, modes)
  })
  // Last: a folder that is closed keeps its own user's edits out.
  for (const [at, mode] of modes) if (exists(at) && !isLink(at)) chmodSync(at, mode)
}

/** Removes about this share of what is in the root, but for one name. */
export function thinOut(root: string, random: Random, share: number, keep: string): void {
  despiteModes(root, () => {
    for (const name of namesIn(Buffer.from(root)))
      if (!name.equals(Buffer.from(keep)) && random() < share)
        rmSync(join(Buffer.from(root), name), { recursive: true })
  })
}

function editOnce(edited: Edited, modes: [Buffer, number][]): void {
  const { random } = edited
  const [at, other] = [pickPlace(edited), pickPlace(edited)]
  const areApart = !isInside(at, other) && !isInside(other, at)
  const write = () => replace(at, () => writeFileSync(at, content()))
  const link = () => isFile(other) && areApart && replace(at, () => linkSync(other, at))
  const remove = () => rmSync(at, { recursive: true, force: true })
  const edits: (() => void)[] = [
    ...[write, write, link, link, remove, remove],
    () => replace(at, () => mkdirSync(at)),
    () => replace(at, () => fillFolder(edited, at)),
    () => replace(at, () => symlinkSync(pick(random, TARGETS), at)),
    () => isFile(at) && rewrite(at, random),
    () => exists(at) && !isLink(at) && modes.push([at, pick(random, isFile(at) ? FILE_MODES : FOLDER_MODES)]),
    () => exists(at) && !isLink(at) && setTime(at, pick(random, TIMES) + random() * 1e6),
    () => isRoot && exists(at) && lchownSync(at, pick(random, OWNERS), pick(random, OWNERS)),
    () => exists(at) && areApart && replace(other, () => renameSync(at, other)),
    () => random() < 0.5 && replace(at, () => writeFileSync(at, content().padEnd(LARGE + written, '.'))),
    () => random() < 0.5 && replace(at, () => makeSpecial(at, random(), edited.root)),
  ]
  pick(random, edits)()
}

/** A name in the root, or in some folder below it. */
function pickPlace(edited: Edited, folder: Buffer = Buffer.from(edited.root)): Buffer {
  const { random, names } = edited
  const place = join(folder, pick(random, names))
  const goesDeeper = random() < 0.6 && exists(place) && lstatSync(place).isDirectory()
  return goesDeeper ? pickPlace(edited, place) : place
}

function replace(at: Buffer, make: () => void): void {
  rmSync(at, { recursive: true, force: true })
  make()
}

function fillFolder({ random, names }: Edited, at: Buffer): void {
  mkdirSync(at)
  for (const name of names.filter(() => random() < HALF_FULL)) writeFileSync(join(at, name), content())
}

/** Other content of the same size within the same second, in a file of its own. */
function rewrite(at: Buffer, random: Random): void {
  const { size, mtimeMs, mode } = lstatSync(at)
  const text = `${written++} `.padEnd(size, '+').slice(0, size)
  replace(at, () => writeFileSync(at, text, { mode }))
  setTime(at, Math.floor(mtimeMs / 1000) + random())
}

function setTime(at: Buffer, seconds: number): void {
  utimesSync(at, seconds, seconds)
}

/** What is below a file is not there. */
function exists(at: Buffer): boolean {
  try {
    return lstatSync(at, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
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
