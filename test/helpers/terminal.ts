// A command on a terminal of its own, where a person types.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { programArguments } from '../../scripts/sample/program.ts'
import { until } from '../../scripts/sample/until.ts'

export interface Terminal {
  /** Resolves when this text is there, after what was waited for before. */
  shows: (text: string) => Promise<void>
  type: (text: string) => void
  /** All that was shown. */
  output: () => string
  /** Its exit code. */
  ended: Promise<number | null>
}

/** Runs the command line with arguments that need no quotes. */
export function openTerminal(args: readonly string[], env: Record<string, string>): Terminal {
  const command = [process.execPath, ...programArguments('cli'), ...args].map((word) => `'${word}'`).join(' ')
  // script(1) gives the command a terminal, and ends as it does.
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { PATH: process.env.PATH, TERM: 'xterm', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  let seen = 0
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  return {
    shows: async (text) => {
      await until(text, () => {
        const at = output.indexOf(text, seen)
        if (at < 0 && child.exitCode !== null) throw new Error(`It ended without "${text}": ${output}`)
        if (at >= 0) seen = at + text.length
        return at >= 0
      })
    },
    type: (text) => void child.stdin.write(text),
    output: () => output,
    ended: once(child, 'close').then(([code]: (number | null)[]) => code ?? null),
  }
}
