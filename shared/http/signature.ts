// Signatures of request bodies: HMAC-SHA256 over the bytes as they are sent, in hex.

import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { equalSecrets } from './bearer.ts'

export function signBody(body: string | Buffer, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

/** GitHub's, Gitea's (which has no prefix) and our own; each signs the same bytes in the same way. */
const HEADERS = ['x-hub-signature-256', 'x-gitea-signature', 'x-mirrorfleet-signature']

/** True when one of the headers has the signature of the body. Takes as long whether it is right or wrong. */
export function isSigned(body: Buffer, headers: IncomingHttpHeaders, secret: string): boolean {
  const expected = signBody(body, secret)
  const given = HEADERS.map((name) => String(headers[name] ?? '').replace(/^sha256=/, ''))
  return given.map((one) => equalSecrets(one.toLowerCase(), expected)).includes(true)
}
