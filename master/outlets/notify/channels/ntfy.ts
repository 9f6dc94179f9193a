// Messages to a topic of ntfy. Source: https://docs.ntfy.sh/publish/

import type { Channel } from '../channel.ts'
import { post } from './post.ts'

/** `ntfy+https://ntfy.sh/topic`, with `TOKEN@` before the host where the topic is not open. */
export function createNtfy(address: URL): Channel {
  const { host, username, pathname } = address
  const scheme = address.protocol.replace(/^ntfy\+/, '')
  return {
    name: `ntfy at ${host}`,
    send: ({ subject, text }, signal) => {
      const headers = {
        'content-type': 'application/json',
        ...(username === '' ? {} : { authorization: `Bearer ${decodeURIComponent(username)}` }),
      }
      // As JSON to the root: a header could not hold every subject.
      const body = JSON.stringify({ topic: decodeURIComponent(pathname.slice(1)), title: subject, message: text })
      return post(`${scheme}//${host}/`, { method: 'POST', headers, body }, signal)
    },
  }
}
