// Tells one process from a later one with the same number, so that a stale record is never taken for a live process.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process by its number and the time it started, in a form that only this machine's kernel understands. */
export interface ProcessIdentity {
  pid: number
  started: string
}

/** Identifies a running process; null when there is none with that number. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const started = process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid)
  return started === null ? null : { pid, started }
}

/** True while the very process of the record is running. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.started === identity.started
}

/** Field 22 of /proc/PID/stat (proc(5)): clock ticks since boot, here with the boot's own id. A zombie counts as gone. */
function startFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return null
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`
  } catch {
    return null
  }
}

function startFromPs(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}
