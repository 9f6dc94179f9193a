// A small HTTP proxy that connects (CONNECT), or refuses to.

import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { onTestFinished } from 'vitest'

/** `asked` has what it was asked for, as `host:port`. It ends with the test. */
export async function startProxy(refuses = false): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = []
  const server = createServer().on('connect', ({ url = '' }, socket) => {
    asked.push(url)
    socket.on('error', () => {})
    if (refuses) {
      socket.end('HTTP/1.0 403 Forbidden\r\n\r\n')
      return
    }
    const [host = '', port] = url.split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.0 200 Connection established\r\n\r\n')
      socket.pipe(upstream).pipe(socket)
    })
    upstream.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, asked }
}
