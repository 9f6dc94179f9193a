// Ends the programs of this process when it ends or stands still and the kernel does not: a small process of its own watches.

import { type ChildProcess, spawn } from 'node:child_process'
import { repeat } from '../flow/repeat.ts'

export interface Watcher {
  /** A process group that is not to outlive this process, by the id of its leader. */
  add: (group: number) => void
  /** It has ended by itself. */
  remove: (group: number) => void
}

/**
 * Reads `+GROUP` and `-GROUP`, one a line; other lines only say that the writer is well. The pipe ends with the process that
 * writes to it, however that ends; then the groups that are left get SIGTERM. They get it too, and SIGKILL some time later, when
 * nothing was read for the milliseconds of the first argument. It is a text, since it must run from a bundle too.
 */
const PROGRAM = `
const [silenceMs, graceMs] = process.argv.slice(1).map(Number)
let rest = ''
let timer
const groups = new Set()
const end = (signal) => {
  for (const group of groups) try { process.kill(-group, signal) } catch {}
}
const wait = () => {
  clearTimeout(timer)
  if (silenceMs === 0) return
  timer = setTimeout(() => {
    end('SIGTERM')
    timer = setTimeout(end, graceMs, 'SIGKILL')
  }, silenceMs)
}
wait()
process.stdin.setEncoding('latin1').on('data', (text) => {
  wait()
  const lines = (rest + text).split('\\n')
  rest = lines.pop()
  for (const line of lines) line[0] === '+' ? groups.add(+line.slice(1)) : groups.delete(+line.slice(1))
}).on('end', () => {
  clearTimeout(timer)
  end('SIGTERM')
})`
/** On SIGTERM, rsync keeps partial files. */
const GRACE_MS = 5_000
const SIGNS_PER_SILENCE = 10

/**
 * Starts the watching process with the first group. It ends with this one, and is started again when it is gone before.
 * `silenceMs`: the groups are ended too when this process has done nothing for so long, as one that was stopped (SIGSTOP) or
 * that hangs; null: they are not.
 */
export function createWatcher(silenceMs: number | null = null): Watcher {
  const groups = new Set<number>()
  let child: ChildProcess | null = null

  const start = (): ChildProcess => {
    // In a session of its own: what ends this process's group must not end it too.
    const started = spawn(process.execPath, ['-e', PROGRAM, String(silenceMs ?? 0), String(GRACE_MS)], {
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

  if (silenceMs !== null) {
    const giveSign = () => {
      if (groups.size > 0) child?.stdin?.write('\n')
    }
    repeat({ work: giveSign, every: silenceMs / SIGNS_PER_SILENCE, first: 'later', ref: false, onError: () => {} })
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
