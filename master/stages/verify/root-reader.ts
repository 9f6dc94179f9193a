// How roots of a tree are read: bounded, and with their signatures checked.

import { readFile } from 'node:fs/promises'
import type { RootReader } from '../../layouts/layout.ts'
import type { Signatures } from './signatures.ts'
import type { TreeFiles } from './tree-files.ts'

/** Alpine's largest index, which is a root, has some 2 MB; Debian's InRelease 0.2 MB. */
const LARGEST_BYTES = 64 * 1024 * 1024

export function createRootReader(files: TreeFiles, signatures: Signatures, keyring: Buffer | null): RootReader {
  const read = async (name: string): Promise<Buffer | null> => {
    const found = files.find(name)
    if (found === null) return null
    if (found.stats.size > LARGEST_BYTES) throw new Error(`${name} is too large for the root of a repository`)
    return readFile(found.file)
  }
  return {
    read,
    mtime: (name) => files.find(name)?.stats.mtimeMs ?? null,
    keyring,
    readSigned: async (name) => {
      const [found, raw] = [files.find(name), await read(name)]
      return found === null || raw === null ? { text: null, fault: null } : signatures.readSigned(found.file, raw)
    },
    checkSignature: async (signature, name) => {
      const [one, other] = [files.find(signature), files.find(name)]
      if (one === null || other === null) return 'is there without the file that it signs.'
      return signatures.check(one.file, other.file)
    },
  }
}
