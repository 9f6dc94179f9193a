// What a node needs of its process: the lock on its data folder, and a stop on signals.

import { chmodSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { identifyProcess, isRunning, type ProcessIdentity } from '../process/identity.ts'
import { isCode, makePrivateFolder } from '../store/durable-file.ts'

/** Thrown when another process works on the same data folder. */
export class FolderLockedError extends Error {
  constructor(folder: string, pid: number) {
    super(`${folder} is in use by process ${pid}. Stop that process, or give this one its own data folder.`)
    this.name = 'FolderLockedError'
  }
}

/**
 * Claims a data folder for this process, making the folder (0700) when it is missing. A lock that a killed process left
 * behind is taken over. Returns the function that gives the folder back.
 *
 * @throws {FolderLockedError} when a living process has it.
 */
export async function lockFolder(folder: string): Promise<() => void> {
  await makePrivateFolder(folder)
  // It may have been made by hand, open to others.
  chmodSync(folder, 0o700)
  const lock = path.join(folder, 'lock')
  const own = identifyProcess(process.pid)
  if (own === null) throw new Error('The start time of this process cannot be read.')
  const mine = `${lock}.${process.pid}`
  writeFileSync(mine, JSON.stringify(own), { mode: 0o600 })
  try {
    while (!tryLink(mine, lock)) breakStaleLock(folder, lock, mine)
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

function breakStaleLock(folder: string, lock: string, mine: string): void {
  const holder = readLock(lock)
  if (holder !== null && isRunning(holder)) throw new FolderLockedError(folder, holder.pid)
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
