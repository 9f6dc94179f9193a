// Finds out what indices name that their earlier ones did not, and what they no longer name.

import type { Layout, NamedFile } from '../../../layouts/layout.ts'
import { fingerprint } from '../../verify/check-named.ts'

/** An index that can be read: the name that says how, and its bytes on the disk. */
export interface ReadableIndex {
  index: NamedFile
  file: Buffer
}

export interface IndexChanges {
  /** By name: what is named anew, or otherwise than before. */
  changed: Map<string, NamedFile>
  /** Names that none of the newer indices has. Others may. */
  lost: Set<string>
}

type Reading = Pick<Layout, 'readIndex'> & { unpack: (file: Buffer) => AsyncIterable<Buffer> }

/** Of indices that changed alone. @throws {Error} when one cannot be read. */
export async function compareIndices(
  reading: Reading,
  older: readonly ReadableIndex[],
  newer: readonly ReadableIndex[],
): Promise<IndexChanges> {
  const known = new Set<string>()
  const lost = new Set<string>()
  await readEach(reading, older, (file) => {
    known.add(fingerprint(file))
    lost.add(file.name)
  })
  const changed = new Map<string, NamedFile>()
  await readEach(reading, newer, (file) => {
    lost.delete(file.name)
    // A second entry of one name may have what the first lacks: a sum beside a size.
    if (!known.has(fingerprint(file))) changed.set(file.name, merge(changed.get(file.name), file))
  })
  return { changed, lost }
}

/** Takes from `names` those that the indices have. */
export async function keepUnnamed(
  reading: Reading,
  indices: readonly ReadableIndex[],
  names: Set<string>,
): Promise<void> {
  for (const index of indices) {
    if (names.size === 0) return
    await readEach(reading, [index], ({ name }) => names.delete(name))
  }
}

async function readEach(
  { readIndex, unpack }: Reading,
  indices: readonly ReadableIndex[],
  take: (file: NamedFile) => void,
): Promise<void> {
  for (const { index, file } of indices)
    for await (const batch of readIndex(index, unpack(file))) for (const one of batch) take(one)
}

function merge(one: NamedFile | undefined, other: NamedFile): NamedFile {
  return { ...other, size: other.size ?? one?.size ?? null, sum: other.sum ?? one?.sum ?? null }
}
