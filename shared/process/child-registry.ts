// Records on disk which processes this node has started, so that the next start can end those that a kill -9 left behind.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isCode } from '../store/durable-file.ts'
import { identifyProcess, isGroupRunning, isRunning, type ProcessIdentity } from './identity.ts'
import { findTie, type Tie } from './tie.ts'
import { createWatcher } from './watcher.ts'

const GRACE_MS = 5_000

/** What ties children to this node, and records of their groups, one file each in a folder of the node's data. */
export interface ChildRegistry {
  tie: Tie
  /**
   * Records the group of a child that was just started; returns a function that removes the record when the child has
   * ended.
   */
  record: (pid: number) => () => void
}

export interface ChildRegistryOptions {
  /** Null where the kernel cannot tie a child to this process: a process of its own watches instead. */
  tie?: Tie | null
  /** Milliseconds: the children are ended when this process stands still for so long. Null: they go on. */
  silenceMs?: number | null
}

/** Opens the registry in `folder` (made 0700 when missing). */
export function openChildRegistry(
  folder: string,
  { tie = findTie(), silenceMs = null }: ChildRegistryOptions = {},
): ChildRegistry {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const watcher = tie === null || silenceMs !== null ? createWatcher(silenceMs) : null
  return {
    tie: tie ?? ((call) => call),
    record: (pid) => {
      const identity = identifyProcess(pid)
      if (identity === null) return () => {}
      const file = path.join(folder, `${pid}.json`)
      writeFileSync(file, JSON.stringify(identity), { mode: 0o600 })
      watcher?.add(pid)
      return () => {
        watcher?.remove(pid)
        rmSync(file, { force: true })
      }
    },
  }
}

/**
 * Ends the process groups that an earlier process of this node recorded and that still run, and waits until they are
 * gone. Identifies them by process id and start time, never by name. Returns the ids of the groups that it killed.
 */
export async function killLeftovers(folder: string): Promise<number[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const killed: number[] = []
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name)
    const identity = readIdentity(file)
    if (identity !== null && isRunning(identity)) {
      await endGroup(identity)
      killed.push(identity.pid)
    }
    rmSync(file, { force: true })
  }
  return killed
}

/** On SIGTERM, rsync keeps partial files for the next run. A group that ignores it gets SIGKILL. */
async function endGroup(identity: ProcessIdentity): Promise<void> {
  process.kill(-identity.pid, 'SIGTERM')
  const patience = performance.now() + GRACE_MS
  // rsync's receiver can outlive its first process.
  while (isGroupRunning(identity.pid)) {
    if (performance.now() > patience) signalLeftover(identity)
    await sleep(20)
  }
}

function signalLeftover(identity: ProcessIdentity): void {
  try {
    process.kill(-identity.pid, 'SIGKILL')
  } catch (error) {
    if (!isCode(error, 'ESRCH')) throw error
  }
}

function readIdentity(file: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // The node was killed while it wrote this record, so there is no child to identify.
    return null
  }
}
