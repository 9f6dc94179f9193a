// Asks a person at a terminal: for a line, or for a password without showing it.

import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { ExpectedError } from './expected-error.ts'

/** Null when standard input is not a terminal. */
export async function askPassword(question: string): Promise<string | null> {
  if (!process.stdin.isTTY) return null
  // readline echoes what is typed to its output, so it gets one that discards everything.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    // Only now, when the terminal itself no longer echoes.
    process.stderr.write(question)
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}

/** What is typed is shown. Null when standard input is not a terminal. */
export async function askLine(question: string): Promise<string | null> {
  if (!process.stdin.isTTY) return null
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question(question)
  } finally {
    terminal.close()
  }
}

/**
 * A password for somebody, from the terminal, or the first line of standard input when that is none.
 *
 * @throws {ExpectedError} when standard input is empty.
 */
export async function readPassword(question: string): Promise<string> {
  const typed = await askPassword(question)
  if (typed !== null) return typed
  for await (const line of createInterface({ input: process.stdin })) return line
  throw new ExpectedError('Standard input is empty; give the password there, or run this in a terminal.')
}
