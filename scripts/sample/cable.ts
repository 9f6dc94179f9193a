// A cable to a server that can be cut: while it is, nothing goes through in either direction and nobody is told, as on a network.

import { connect, createServer, type Socket } from 'node:net'
import { findFreePorts } from './ports.ts'

export interface Cable {
  host: string
  port: number
  cut: () => void
  mend: () => void
  remove: () => Promise<void>
}

/** Lays a cable from a free port on loopback to `port`. What was sent while it was cut arrives when it is mended. */
export async function layCable(port: number): Promise<Cable> {
  const [own = 0] = await findFreePorts(1)
  const ends = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const end of [near, far]) {
      ends.add(end)
      if (isCut) end.pause()
      end.on('error', () => {})
    }
    const join = (from: Socket, to: Socket) => {
      from.on('data', (chunk) => to.write(chunk))
      from.on('close', () => {
        ends.delete(from)
        to.destroy()
      })
    }
    join(near, far)
    join(far, near)
    if (isCut) for (const end of [near, far]) end.pause()
  })
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve))
  return {
    host: '127.0.0.1',
    port: own,
    cut: () => {
      isCut = true
      for (const end of ends) end.pause()
    },
    mend: () => {
      isCut = false
      for (const end of ends) end.resume()
    },
    remove: async () => {
      server.close()
      for (const end of ends) end.destroy()
    },
  }
}
