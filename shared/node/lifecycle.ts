// What a node needs of its process: the lock on its data folder, and a stop on signals.

import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { identifyProcess, isRunning, type ProcessIdentity } from '../process/identity.ts'
import { isCode, makePrivateFolder } from '../store/durable-file.ts'
import { CONTROL_FOLDER } from '../trees/paths.ts'

/** Thrown when another process works on the same data folder. */
export class FolderLockedError extends Error {
  /** `setting` names the folder; null where it has no setting of its own. */
  constructor(folder: string, pid: number, setting: string | null) {
    const other = setting === null ? '' : `, or set ${setting} to another folder`
    super(`${folder} is in use by process ${pid}. Stop that process${other}.`)
    this.name = 'FolderLockedError'
  }
}

/**
 * Claims a data folder for this process, making the folder (0700) when it is missing. A lock that a killed process left
 * behind is taken over. Returns the function that gives the folder back.
 *
 * @throws {FolderLockedError} when a living process has it.
 */
export async function lockFolder(folder: string, setting: string | null = null): Promise<() => void> {
  await makePrivateFolder(folder)
  // It may have been made by hand, open to others.
  chmodSync(folder, 0o700)
  return holdLock(folder, folder, setting)
}

/** The same for a folder of trees, which others may read. On a full disk it is used without a lock. */
export function lockTrees(folder: string, setting: string): () => void {
  const control = path.join(folder, CONTROL_FOLDER)
  mkdirSync(control, { recursive: true, mode: 0o755 })
  try {
    return holdLock(control, folder, setting)
  } catch (error) {
    if (!isCode(error, 'ENOSPC') && !isCode(error, 'EDQUOT')) throw error
    return () => {}
  }
}

/** `place` is the folder that has the lock of `folder`. */
function holdLock(place: string, folder: string, setting: string | null): () => void {
  const lock = path.join(place, 'lock')
  const own = identifyProcess(process.pid)
  if (own === null) throw new Error('The start time of this process cannot be read.')
  const mine = `${lock}.${process.pid}`
  try {
    writeFileSync(mine, JSON.stringify(own), { mode: 0o600 })
    for (let holder = takeLock(lock, mine); holder !== 'mine'; holder = takeLock(lock, mine))
      if (holder !== null) throw new FolderLockedError(folder, holder.pid, setting)
  } finally {
    rmSync(mine, { force: true })
  }
  return () => {
    if (readLock(lock)?.pid === process.pid) rmSync(lock, { force: true })
  }
}

/** Within this time further signals count as the first one: npm forwards what a terminal or a supervisor sends to all. */
const SAME_SIGNAL_MS = 1_000

/**
 * Calls `stop` once on the first SIGTERM, SIGINT or SIGHUP, then exits: 0 after a clean stop, 1 otherwise. Another
 * signal, more than a second later, exits at once.
 */
export function stopOnSignals(stop: () => Promise<void>, onError: (error: unknown) => void): void {
  let stoppingSince: number | null = null
  const onSignal = () => {
    if (stoppingSince !== null && performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1)
    if (stoppingSince !== null) return
    stoppingSince = performance.now()
    stop().then(
      () => process.exit(0),
      (error) => {
        onError(error)
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal)
}

/** link(2) fails when the name exists, so exactly one process gets it. */
function tryLink(mine: string, lock: string): boolean {
  try {
    linkSync(mine, lock)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

/** The living process that has the lock, to null when a stale one was taken away. */
function takeLock(lock: string, mine: string): ProcessIdentity | 'mine' | null {
  if (tryLink(mine, lock)) return 'mine'
  const holder = readLock(lock)
  if (holder !== null && isRunning(holder)) return holder
  breakStaleLock(lock, mine)
  return null
}

function breakStaleLock(lock: string, mine: string): void {
  const stale = `${mine}.stale`
  try {
    renameSync(lock, stale)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return
    throw error
  }
  // Another process may have put a fresh lock there between the check and the rename.
  const taken = readLock(stale)
  if (taken !== null && isRunning(taken)) renameSync(stale, lock)
  else rmSync(stale, { force: true })
}

function readLock(file: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
