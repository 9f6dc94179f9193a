// Asks whether an rsync daemon answers at an address. It greets before it asks who is there.

import { connect } from 'node:net'

/** Null when one greets (`@RSYNCD:` and its protocol version); else why none does, in a few words. */
export function askGreeting(
  host: string,
  port: number,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...(signal === undefined ? {} : { signal }) })
    const answer = (problem: string | null) => {
      socket.destroy()
      resolve(problem)
    }
    // Set once, and not by each byte that comes: a server may send them slowly.
    const timer = setTimeout(() => answer(`does not answer within ${timeoutMs / 1000} seconds`), timeoutMs)
    socket.once('close', () => {
      clearTimeout(timer)
      answer('ends the connection without a greeting')
    })
    socket.once('error', (error) => answer(describe(error)))
    socket.once('data', (data) =>
      answer(data.toString('latin1').startsWith('@RSYNCD:') ? null : 'answers, but is no rsync daemon'),
    )
  })
}

function describe(error: Error): string {
  const { code } = Object(error)
  if (code === 'ECONNREFUSED') return 'refuses connections'
  if (code === 'ENOTFOUND') return 'has an unknown host name'
  return `cannot be reached (${code ?? error.message})`
}
