#!/usr/bin/env node
// Starts the command line.

import { readVersion } from '../shared/node/version.ts'
import { COMPLETE } from './completion/scripts.ts'

// A reader that stops early, such as head, is not a failure.
process.stdout.on('error', () => process.exit())
void main(process.argv.slice(2))

async function main(argv: string[]): Promise<void> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${readVersion()}\n`)
    return
  }
  // Loading the commands takes most of the time that a start takes.
  const { createProgram, runProgram } = await import('./program.ts')
  if (argv[0] === COMPLETE) {
    const { printCompletions } = await import('./completion/complete.ts')
    return printCompletions(createProgram(''), argv.slice(1))
  }
  process.exitCode = await runProgram(createProgram(readVersion()), argv)
}
