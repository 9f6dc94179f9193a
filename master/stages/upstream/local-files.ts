// The operator's own files of a project, in DEST_ROOT/.local/ID: which there are, and whether the tree has these.

import { createHash } from 'node:crypto'
import { lstat, readdir } from 'node:fs/promises'
import path from 'node:path'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { RsyncOptions } from '../../../shared/schemas/project-parts.ts'
import { isCode } from '../../../shared/store/durable-file.ts'
import type { PathList } from '../../../shared/trees/path-list.ts'
import { LOCAL_FILES } from '../../../shared/trees/paths.ts'
import type { ProjectTree } from '../../../shared/trees/project-tree.ts'

/** How many there may be: each is named to rsync. */
const MOST_FILES = 1_000
export const LOCAL_OPTIONS: RsyncOptions = { basic: [], defaults: ['-rlpt'], delete: '' }

/** Thrown for files that cannot be laid over a tree; the message says which. */
export class LocalFilesError extends Error {}

export interface LocalFiles {
  /** Absolute. */
  folder: string
  /** Files and symlinks; folders are made for them where there are none. */
  names: PathList
  bytes: number
  /** Changes whenever they do. */
  digest: string
}

export function localPlace(destRoot: string, id: string): string {
  return path.join(destRoot, LOCAL_FILES, id)
}

/** Null for a project without. @throws {LocalFilesError} */
export async function readLocalFiles(
  destRoot: string,
  { id, local_files }: Pick<StoredProject, 'id' | 'local_files'>,
): Promise<LocalFiles | null> {
  if (!local_files) return null
  const folder = localPlace(destRoot, id)
  const names: PathList = new Map()
  const hash = createHash('sha256')
  let bytes = 0
  const read = async (below: string): Promise<void> => {
    for (const name of await list(path.join(folder, below))) {
      const inner = below === '' ? name : `${below}/${name}`
      const found = await lstat(path.join(folder, inner), { bigint: true })
      if (found.isDirectory()) {
        await read(inner)
        continue
      }
      if (!found.isFile() && !found.isSymbolicLink()) continue
      assertNameable(folder, inner)
      names.set(Buffer.from(inner).toString('latin1'), 'file')
      bytes += Number(found.size)
      hash.update(`${inner}\0${found.ino}.${found.size}.${found.mtimeNs}.${found.ctimeNs}.${found.mode}\0`)
      if (names.size > MOST_FILES)
        throw new LocalFilesError(`${folder} has more than ${MOST_FILES} files. Make a project of its own of them.`)
    }
  }
  await read('')
  return { folder, names, bytes, digest: hash.digest('hex').slice(0, 16) }
}

/** Why the upstream is scanned. */
export const CHANGED = 'the local files have changed'

/** True when the tree was made with other local files than these. */
export function hasOtherLocalFiles({ record }: Pick<ProjectTree, 'record'>, local: LocalFiles | null): boolean {
  return (record.local ?? null) !== (local?.digest ?? null)
}

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return []
    throw error
  }
}

/** Each name is given to rsync as text. */
function assertNameable(folder: string, name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (!/[\x00-\x1f\x7f\ufffd]/.test(name)) return
  throw new LocalFilesError(`${folder} has a file with control characters or broken UTF-8 in its name. Rename it.`)
}
