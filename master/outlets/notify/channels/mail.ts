// Messages as mail, by a server that the settings name.

import { once } from 'node:events'
import { createTransport } from 'nodemailer'
import type { Channel } from '../channel.ts'

const TIMEOUT_MS = 20_000
const STOPPING = 'the master was stopped'

/** `url` is `smtp://user:password@host:587` or `smtps://…`; `to` has one address or more. */
export function createMail(url: string, from: string, to: readonly string[]): Channel {
  const { host } = new URL(url)
  return {
    name: `mail by ${host}`,
    send: async ({ subject, text }, signal) => {
      const limits = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS }
      const transport = createTransport({ url, ...limits })
      const done = new AbortController()
      // A server that hangs must not keep the master from stopping.
      const stopped = once(signal, 'abort', { signal: done.signal }).then(() => Promise.reject(new Error(STOPPING)))
      try {
        const mail = { from, to: [...to], subject, text, disableFileAccess: true, disableUrlAccess: true }
        signal.throwIfAborted()
        await Promise.race([transport.sendMail(mail), stopped])
      } catch (error) {
        throw new Error(describe(error))
      } finally {
        stopped.catch(() => {})
        done.abort()
        transport.close()
      }
    },
  }
}

/** What the server said to a log-in may repeat what was sent. */
function describe(error: unknown): string {
  const { code, message, responseCode } = Object(error)
  if (code === 'EAUTH') return `the mail server refused the user or the password of SMTP_URL (${responseCode ?? code})`
  return String(message ?? error)
}
