// The private tree that rclone fills: what is in it, what came, and what is taken away. No link in it is ever followed.

import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { copyFile, lstat, mkdir, readdir, rm, rmdir, unlink, utimes } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isCode } from '../../../shared/store/durable-file.ts'
import type { FileFacts, Files } from './listing.ts'
import { foldersOf } from './names.ts'

/** What a newer rclone that was killed leaves behind. */
const LEFT_BEHIND = /\.[0-9a-f]{8}\.partial$/

export interface WorkTree {
  files: Map<string, FileFacts>
  folders: string[]
}

/** Makes the tree where there is none, and reads it. What is neither file nor folder is taken away: nothing is ever written through it. */
export async function openWorkTree(tree: string): Promise<WorkTree> {
  const top = await lstat(tree).catch(() => null)
  if (top !== null && !top.isDirectory()) await rm(tree)
  await mkdir(tree, { recursive: true, mode: 0o755 })
  const found: WorkTree = { files: new Map(), folders: [] }
  await readFolder(tree, '', found)
  return found
}

async function readFolder(tree: string, folder: string, found: WorkTree): Promise<void> {
  const place = path.join(tree, folder)
  for (const entry of await readdir(place, { withFileTypes: true, encoding: 'buffer' })) {
    const part = entry.name.toString('utf8')
    const name = folder === '' ? part : `${folder}/${part}`
    const isText = Buffer.from(part).equals(entry.name)
    if (isText && entry.isDirectory()) {
      found.folders.push(name)
      await readFolder(tree, name, found)
    } else if (isText && entry.isFile() && !LEFT_BEHIND.test(name)) {
      const { size, mtimeNs } = await lstat(path.join(tree, name), { bigint: true })
      found.files.set(name, { size: Number(size), time: mtimeNs })
    } else {
      await rm(Buffer.concat([Buffer.from(`${place}/`), entry.name]), { recursive: true })
    }
  }
}

/** Adds the sums of the files that the remote has a sum of, and that are no others by their size. */
export async function addSums(
  tree: string,
  ours: WorkTree['files'],
  theirs: Files,
  signal: AbortSignal,
): Promise<void> {
  for (const [name, facts] of ours) {
    const there = theirs.get(name)
    if (there?.sum === undefined || there.size !== facts.size) continue
    signal.throwIfAborted()
    const hash = createHash('md5')
    await pipeline(createReadStream(path.join(tree, name)), hash, { signal })
    ours.set(name, { ...facts, sum: hash.digest('hex') })
  }
}

/** Those of the names that are not there, or of another size than the remote has said. */
export async function findMissing(tree: string, names: readonly string[], theirs: Files): Promise<string[]> {
  const missing: string[] = []
  for (const name of names) {
    const size = theirs.get(name)?.size ?? null
    const found = await lstat(path.join(tree, name)).catch(() => null)
    if (found === null || !found.isFile() || (size !== null && found.size !== size)) missing.push(name)
  }
  return missing
}

/** Takes files from what is served that the tree does not have any more, with their times. */
export async function takeBack(
  served: string,
  { tree, files }: { tree: string; files: WorkTree['files'] },
  names: readonly string[],
) {
  for (const name of names) {
    const [from, to] = [path.join(served, name), path.join(tree, name)]
    const isTaken = foldersOf(name).some((folder) => files.has(folder)) || (await look(to)) !== null
    const found = isTaken ? null : await look(from)
    if (found === null || !found.isFile()) continue
    await mkdir(path.dirname(to), { recursive: true })
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    await utimes(to, found.atime, found.mtime)
    files.set(name, { size: Number(found.size), time: found.mtimeNs })
  }
}

const look = (file: string) => lstat(file, { bigint: true }).catch(() => null)

export async function removeFiles(tree: string, names: readonly string[]): Promise<void> {
  for (const name of names) await unlink(path.join(tree, name)).catch(passOver('ENOENT'))
}

/** Takes away the folders that are empty and that the remote has no more: a remote knows files alone. */
export async function removeFolders(tree: string, folders: readonly string[], theirs: Files): Promise<void> {
  const wanted = new Set([...theirs.keys()].flatMap(foldersOf))
  // The innermost first.
  for (const folder of folders.filter((name) => !wanted.has(name)).toReversed())
    await rmdir(path.join(tree, folder)).catch(passOver('ENOENT', 'ENOTEMPTY', 'ENOTDIR'))
}

function passOver(...codes: string[]): (error: unknown) => void {
  return (error) => {
    if (!codes.some((code) => isCode(error, code))) throw error
  }
}
