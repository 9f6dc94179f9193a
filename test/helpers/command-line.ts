// Runs the command line as its user does: a process of its own.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { SAMPLE_LOGIN } from '../../scripts/sample/fleet.ts'
import { programArguments } from '../../scripts/sample/program.ts'
import type { Sample } from './sample.ts'

export interface Done {
  code: number | null
  stdout: string
  stderr: string
}

/** With nothing but what a log-in saved. */
export async function runSaved(args: readonly string[], env: Record<string, string>): Promise<Done> {
  const child = spawn(process.execPath, [...programArguments('cli'), ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [code]: (number | null)[] = await once(child, 'close')
  return { code: code ?? null, stdout, stderr }
}

/** Commands for the master of a sample fleet, by its first user. */
export function useCommandLine(sample: Sample) {
  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Done> =>
    runSaved(args, {
      HOME: sample.fleet.root,
      MIRRORFLEET_URL: sample.fleet.api.url,
      MIRRORFLEET_USER: SAMPLE_LOGIN.username,
      MIRRORFLEET_PASSWORD: SAMPLE_LOGIN.password,
      ...env,
    })
  return {
    run,
    /** Arguments as a shell would split them, without quotes. */
    mirrorfleet: (line: string, env?: Record<string, string>) => run(line.split(' '), env),
  }
}
