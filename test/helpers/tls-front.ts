// TLS in front of a server, as stunnel does it.

import { readFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { createServer } from 'node:tls'
import { onTestFinished } from 'vitest'
import type { Certificates } from '../../scripts/sample/certificates.ts'

/** `peers` has the addresses that connections came from. It ends with the test. */
export async function startTlsFront(
  port: number,
  { cert, key }: Pick<Certificates, 'cert' | 'key'>,
): Promise<{ port: number; peers: (string | undefined)[] }> {
  const peers: (string | undefined)[] = []
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => {
    peers.push(socket.remoteAddress)
    const behind = connect(port, '127.0.0.1')
    socket.pipe(behind).pipe(socket)
    socket.on('error', () => behind.destroy())
    behind.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, peers }
}
