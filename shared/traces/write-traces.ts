// Writes trace files into a tree so that nothing else in it differs: new files in the place of old ones, and folders with their times.

import { chmod, lstat, mkdir, open, readFile, realpath, rename, rm, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isCode } from '../store/durable-file.ts'
import { isInside } from '../trees/paths.ts'
import type { TreeTools } from '../trees/tools.ts'
import { readSerial } from './trace.ts'

/** A trace file: its path below the tree, and its text. */
export interface TraceFile {
  path: string
  text: string
}

/** Folders that only hold traces have the same time on all nodes. */
const FOLDER_TIME_S = 946_684_800
const MOST_SERIAL_BYTES = 64 * 1024

/**
 * Writes the files below `folder`. The source is taken not to have them. Returns sentences about those that cannot be written: where
 * the source has a link, or a file, in the place of their folder.
 */
export async function writeTraces(
  folder: string,
  files: readonly TraceFile[],
  tools: Pick<TreeTools, 'keepTime'>,
): Promise<string[]> {
  const problems: string[] = []
  for (const { path: name, text } of files) {
    const place = await findPlace(folder, path.dirname(name))
    if (place === null) {
      problems.push(`${name} is not written: a link or a file is in the place of its folder`)
      continue
    }
    await tools.keepTime(place.there, async () => {
      for (const missing of place.missing) await makeFolder(missing)
      await replace(path.join(folder, name), text)
      for (const made of place.missing.toReversed()) await utimes(made, FOLDER_TIME_S, FOLDER_TIME_S)
    })
  }
  return problems
}

/** The serial number of a Debian archive whose tree is in `folder`; null when it has none. */
export async function readArchiveSerial(folder: string): Promise<string | null> {
  try {
    const file = await realpath(path.join(folder, 'project/trace/master'))
    if (!isInside(await realpath(folder), file)) return null
    const handle = await open(file)
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(MOST_SERIAL_BYTES), 0, MOST_SERIAL_BYTES, 0)
      return readSerial(buffer.toString('latin1', 0, bytesRead))
    } finally {
      await handle.close()
    }
  } catch {
    return null
  }
}

/** The text of a trace file in a tree; null when there is none. */
export async function readTraceFile(folder: string, name: string): Promise<string | null> {
  const file = path.join(folder, name)
  const found = await lstat(file).catch(() => null)
  if (!found?.isFile() || found.size > MOST_SERIAL_BYTES) return null
  return readFile(file, 'utf8').catch(() => null)
}

/** The last folder of a path that is there, and those that are missing; null where something else is in its place. */
async function findPlace(folder: string, below: string): Promise<{ there: string; missing: string[] } | null> {
  let [there, next] = [folder, folder]
  const missing: string[] = []
  for (const part of below === '.' ? [] : below.split('/')) {
    next = path.join(next, part)
    const found = missing.length > 0 ? null : await lstat(next).catch(() => null)
    if (found === null) missing.push(next)
    else if (found.isDirectory()) there = next
    else return null
  }
  return { there, missing }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder)
  await chmod(folder, 0o755)
}

/** Other trees may have the old file under another link. */
async function replace(file: string, text: string): Promise<void> {
  const fresh = path.join(path.dirname(file), `.${path.basename(file)}.new`)
  await rm(fresh, { force: true })
  await writeFile(fresh, text, { flag: 'wx', mode: 0o644 })
  await chmod(fresh, 0o644)
  try {
    await rename(fresh, file)
  } catch (error) {
    await rm(fresh, { force: true })
    // A folder of that name cannot be the source's: it is taken not to have one.
    if (!isCode(error, 'EISDIR') && !isCode(error, 'ENOTEMPTY') && !isCode(error, 'EEXIST')) throw error
  }
}
