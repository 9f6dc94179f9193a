// Ties programs to this process: however it ends, the kernel ends them too, so that none writes into a tree of its successor.

import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { PROGRAM_PATH } from './program-path.ts'

/** A program and its arguments. */
export interface Call {
  bin: string
  argv: readonly string[]
}

/** Makes the call that starts a program tied to this process. */
export type Tie = (call: Call) => Call

/**
 * By setpriv(1) of util-linux: the program gets SIGTERM when the thread that started it ends (prctl(2),
 * PR_SET_PDEATHSIG); that is Node's main thread. On SIGTERM rsync ends its helpers and keeps partial files. setpriv
 * becomes the program, so that no further process stays; it costs a millisecond. Null where there is no such setpriv.
 */
export function findTie(): Tie | null {
  const setpriv = findProgram('setpriv')
  if (setpriv === null) return null
  const argv = ['--pdeathsig', 'TERM', '--']
  try {
    execFileSync(setpriv, [...argv, 'true'], { stdio: 'ignore' })
  } catch {
    // That of BusyBox has no such option.
    return null
  }
  // A program that is not there is called itself, so that the error is about it.
  return (call) => (findProgram(call.bin) === null ? call : { bin: setpriv, argv: [...argv, call.bin, ...call.argv] })
}

function findProgram(name: string): string | null {
  const places = name.includes('/') ? [name] : PROGRAM_PATH.split(':').map((folder) => path.join(folder, name))
  return places.find(isExecutable) ?? null
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
