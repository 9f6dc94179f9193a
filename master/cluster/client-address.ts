// The address of the client of a forwarded request: told from master to master, with a proof that a master told it.

import { createHmac } from 'node:crypto'
import { equalSecrets } from '../../shared/http/bearer.ts'

const HEADER = 'x-mirrorfleet-client'

/** The header that tells `ip`. `secret` is the SLAVE_TOKEN, which all masters share. */
export function tellClientAddress(secret: string, ip: string): Record<string, string> {
  return { [HEADER]: `${ip} ${prove(secret, ip)}` }
}

/** The address that another master told; null when none did. A client that makes up the header is not believed. */
export function readClientAddress(
  secret: string,
  { headers }: { headers: Readonly<Record<string, unknown>> },
): string | null {
  const [ip = '', proof = ''] = String(headers[HEADER] ?? '').split(' ')
  return ip !== '' && equalSecrets(proof, prove(secret, ip)) ? ip : null
}

function prove(secret: string, ip: string): string {
  return createHmac('sha256', secret).update(`client of a forwarded request ${ip}`).digest('base64url')
}
