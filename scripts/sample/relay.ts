// Hands every connection to a port on to a Unix socket; a process of its own, so that it can live in another network.
// Call: relay.ts HOST PORT SOCKET

import { connect, createServer } from 'node:net'

const [host = '', port = '', socket = ''] = process.argv.slice(2)

createServer((near) => {
  const far = connect(socket)
  for (const end of [near, far]) end.on('error', () => {})
  near.on('close', () => far.destroy())
  far.on('close', () => near.destroy())
  near.pipe(far).pipe(near)
}).listen(Number(port), host, () => process.stdout.write('listening\n'))
