// Messages to a room of Matrix, as notices, which no bot answers.
// Source: Matrix client-server API, PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}

import { randomUUID } from 'node:crypto'
import type { Channel } from '../channel.ts'
import { post } from './post.ts'

/** `matrix+https://ACCESS_TOKEN@host/!room:example.org` */
export function createMatrix(address: URL): Channel {
  const { host, username, pathname } = address
  const scheme = address.protocol.replace(/^matrix\+/, '')
  const room = encodeURIComponent(decodeURIComponent(pathname.slice(1)))
  return {
    name: `matrix at ${host}`,
    send: ({ subject, text }, signal) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${decodeURIComponent(username)}` }
      const body = JSON.stringify({ msgtype: 'm.notice', body: `${subject}\n${text}` })
      const route = `/_matrix/client/v3/rooms/${room}/send/m.room.message/${randomUUID()}`
      return post(`${scheme}//${host}${route}`, { method: 'PUT', headers, body }, signal)
    },
  }
}
