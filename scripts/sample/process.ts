// A process of the sample fleet: started in a group of its own, its output kept, ended with all that it started.

import { spawn } from 'node:child_process'

/** A running process. `output()` is all that it wrote so far, to both streams. */
export interface SampleProcess {
  pid: number
  output: () => string
  ended: Promise<number | null>
  hasEnded: () => boolean
  /** Sends a signal to the process itself, as an operator's kill would. */
  signal: (signal: NodeJS.Signals) => void
  /** SIGTERM, then SIGKILL when it takes longer than `graceMs`; resolves with its exit code. */
  stop: (graceMs?: number) => Promise<number | null>
}

/** Starts a program. @throws {Error} when there is no such program. */
export function startProcess(command: string, args: readonly string[], env: NodeJS.ProcessEnv): SampleProcess {
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const { pid } = child
  if (pid === undefined) throw new Error(`${command} cannot be started`)
  let output = ''
  let gone = false
  const keep = (chunk: Buffer) => {
    output += chunk.toString('utf8')
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      gone = true
      resolve(code)
    })
  })
  return {
    pid,
    output: () => output,
    ended,
    hasEnded: () => gone,
    signal: (signal) => void child.kill(signal),
    stop: async (graceMs = 40_000) => {
      child.kill('SIGTERM')
      const timer = setTimeout(() => killGroup(pid), graceMs)
      const code = await ended
      clearTimeout(timer)
      return code
    },
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
