// Says whose a tree is that this process cannot change, and which command makes it ours.

import { constants } from 'node:fs'
import { access, lstat, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { isCode } from '../store/durable-file.ts'

/** A tree of many millions of files must not hold up a request: so many are looked at, from the top down. */
const MOST_LOOKS = 10_000

/**
 * Why `folder`, or the nearest parent that exists, is not ours to fill, move and remove, with the command that helps; null
 * when it is, as far as it was looked at. `whole`: its content, too. Times and modes are set by a file's owner only, so that
 * being let in by the group is not enough.
 */
export async function ownerProblem(folder: string, whole: boolean): Promise<string | null> {
  const uid = process.getuid?.() ?? 0
  if (uid === 0) return null
  const parent = await nearest(path.dirname(folder))
  if (!(await isWritable(parent))) {
    const { uid: owner } = await lstat(parent)
    return `"${parent}" belongs to ${await named(owner)}, and this service runs as ${await named(uid)}, which cannot write there. ${command(uid, parent, false)}`
  }
  const foreign = await findForeign(folder, uid, whole)
  if (foreign === null) return null
  const owner = await named(foreign.uid)
  return `"${foreign.file}" belongs to ${owner}, and this service runs as ${await named(uid)}, which cannot change it. ${command(uid, folder, true)}`
}

/** Why a tree that is served elsewhere than in `base` cannot be atomic: its two trees must lie beside it. */
export function apartProblem(base: string, served: string, mode: 'in_place' | 'atomic'): string | null {
  const beside = path.dirname(served)
  if (beside === base || mode === 'in_place') return null
  return `An atomic tree needs room beside ${served}: let this service write in ${beside}, or publish the project in place`
}

/** The nearest folder that exists: `folder`, or a parent. */
async function nearest(folder: string): Promise<string> {
  const found = await lstat(folder).catch((error) => {
    if (!isCode(error, 'ENOENT') && !isCode(error, 'EACCES')) throw error
    return null
  })
  return found === null ? nearest(path.dirname(folder)) : folder
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function findForeign(folder: string, uid: number, whole: boolean): Promise<{ file: string; uid: number } | null> {
  const waiting = [folder]
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const file = waiting.shift()
    if (file === undefined) return null
    const found = await lstat(file).catch(() => null)
    if (found === null) continue
    if (found.uid !== uid) return { file, uid: found.uid }
    if (!whole || !found.isDirectory() || waiting.length > MOST_LOOKS) continue
    for (const name of await readdir(file).catch(() => [])) waiting.push(path.join(file, name))
  }
  return null
}

/** As in `root (uid 0)`. */
async function named(uid: number): Promise<string> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const name = passwd.split('\n').find((line) => line.split(':')[2] === String(uid))
  return name === undefined ? `uid ${uid}` : `${name.split(':')[0]} (uid ${uid})`
}

function command(uid: number, folder: string, recursive: boolean): string {
  const quoted = /^[\w/.,+@-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", `'\\''`)}'`
  return `As root, run: chown ${recursive ? '-R ' : ''}${uid}:${process.getgid?.() ?? uid} ${quoted}`
}
