// A service that webhooks are sent to, for a test.

import { createServer, type IncomingMessage } from 'node:http'
import { onTestFinished } from 'vitest'

export interface Received {
  url: string
  headers: IncomingMessage['headers']
  text: string
}

/** A receiver that answers with the given statuses in turn, then always with the last. */
export async function startReceiver(statuses: number[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, text })
      const status = statuses.length > 1 ? statuses.shift() : statuses[0]
      response.writeHead(status ?? 200, status === 302 ? { location: '/elsewhere' } : {}).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return {
    url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/hook?key=secret-in-address`,
    received,
  }
}
