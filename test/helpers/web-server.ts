// A real HTTP server of the test's own, whose answers the test decides, and what it was asked.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'

export interface WebServer {
  url: string
  /** Every request so far. */
  requests: IncomingMessage[]
  /** Bytes on its sockets so far, in both directions: what one connection cost is there when it has ended. */
  traffic: () => { received: number; sent: number }
}

/** Listens on loopback until the test ends. */
export async function startWebServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<WebServer> {
  const requests: IncomingMessage[] = []
  const total = { received: 0, sent: 0 }
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  server.on('connection', (socket) =>
    socket.once('close', () => {
      total.received += socket.bytesRead
      total.sent += socket.bytesWritten
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return { url: `http://127.0.0.1:${port}/lastupdate`, requests, traffic: () => total }
}
