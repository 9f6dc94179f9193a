// Tells a process from a later one with the same process id, so that a stale record is never taken for a live process.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A process by its id and start time; `started` has a form that only this machine's kernel understands. */
export interface ProcessIdentity {
  pid: number
  started: string
}

/** Identifies a running process; null when there is none with that id. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const started = process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid)
  return started === null ? null : { pid, started }
}

/** True while the recorded process itself is running. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.started === identity.started
}

/** True while any process of the group runs; zombies do not count. */
export function isGroupRunning(group: number): boolean {
  if (process.platform !== 'linux') return hasMembers(group)
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && groupFromProc(name) === String(group))
}

/** Fields 3 and 5 of /proc/PID/stat (proc(5)): the state and the group. Null when the process is gone. */
function groupFromProc(pid: string): string | null {
  const fields = readStat(pid)
  return fields === null || isGone(fields) ? null : (fields[2] ?? null)
}

function hasMembers(group: number): boolean {
  try {
    process.kill(-group, 0)
    return true
  } catch {
    return false
  }
}

/** Field 22 of /proc/PID/stat (proc(5)): clock ticks since boot, here with the boot's own id. A zombie counts as gone. */
function startFromProc(pid: number): string | null {
  const fields = readStat(String(pid))
  if (fields === null || isGone(fields)) return null
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`
}

/** The fields of /proc/PID/stat from the third one on; null when there is no such process. */
function readStat(pid: string): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces and parentheses itself.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

function isGone(fields: readonly string[]): boolean {
  return fields[0] === 'Z' || fields[0] === 'X'
}

function startFromPs(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}
