// Ends the programs of this process when it ends, where the kernel cannot be told to: a small process of its own watches.

import { type ChildProcess, spawn } from 'node:child_process'

export interface Watcher {
  /** A process group that is not to outlive this process, by the id of its leader. */
  add: (group: number) => void
  /** It has ended by itself. */
  remove: (group: number) => void
}

/**
 * Reads `+GROUP` and `-GROUP`, one a line. The pipe ends with the process that writes to it, however that ends; then the groups
 * that are left get SIGTERM. It is a text, since it must run from a bundle too.
 */
const PROGRAM = `
let rest = ''
const groups = new Set()
process.stdin.setEncoding('latin1').on('data', (text) => {
  const lines = (rest + text).split('\\n')
  rest = lines.pop()
  for (const line of lines) line[0] === '+' ? groups.add(+line.slice(1)) : groups.delete(+line.slice(1))
}).on('end', () => {
  for (const group of groups) try { process.kill(-group, 'SIGTERM') } catch {}
})`

/** Starts the watching process with the first group. It ends with this one, and is started again when it is gone before. */
export function createWatcher(): Watcher {
  const groups = new Set<number>()
  let child: ChildProcess | null = null

  const start = (): ChildProcess => {
    // In a session of its own: what ends this process's group must not end it too.
    const started = spawn(process.execPath, ['-e', PROGRAM], {
      env: {},
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const forget = () => {
      if (child === started) child = null
    }
    started.on('error', forget).on('exit', forget)
    started.stdin?.on('error', forget)
    started.unref()
    for (const group of groups) started.stdin?.write(`+${group}\n`)
    return started
  }

  return {
    add: (group) => {
      groups.add(group)
      if (child === null) child = start()
      else child.stdin?.write(`+${group}\n`)
    },
    remove: (group) => {
      groups.delete(group)
      child?.stdin?.write(`-${group}\n`)
    },
  }
}
