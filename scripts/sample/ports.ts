// Free TCP ports on loopback, where the system itself hands none out.

import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below the ports that Linux gives to whoever listens on "any" or connects (32768 up, ip(7)
 * ip_local_port_range): a port of ours is only taken by somebody else who asks for that very number,
 * so that it is still free when the process that it is for has started.
 */
const FIRST_PORT = 12_000
const PORT_AFTER_LAST = 32_000
const TRIES = 100

/** Ports that were free a moment ago, all different. */
export async function findFreePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  for (let tries = 0; found.size < count; tries++) {
    if (tries === TRIES + count) throw new Error('found no free TCP port on loopback')
    const port = randomInt(FIRST_PORT, PORT_AFTER_LAST)
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  return [...found]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (free) await new Promise((resolve) => server.close(resolve))
  return free
}
