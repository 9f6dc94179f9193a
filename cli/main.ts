#!/usr/bin/env node
// Starts the command line.

import { readVersion } from '../shared/node/version.ts'
import { createProgram, runProgram } from './program.ts'

// A reader that stops early, such as head, is not a failure.
process.stdout.on('error', () => process.exit())
process.exitCode = await runProgram(createProgram(readVersion()), process.argv.slice(2))
