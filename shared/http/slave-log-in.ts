// How master and slaves log in to each other: with what is derived from the SLAVE_TOKEN, which itself is never sent.

import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { readBearer } from './bearer.ts'

/** Who is to believe a log-in. What one side hears is of no use to it towards the other, or towards another slave. */
export type Direction = 'to-slave' | 'to-master'

/** The header that names the slave, by its id in /list_slaves/, in both directions. */
const SLAVE_HEADER = 'mirrorfleet-slave'

/** A slave's own token, of 256 bits: whoever has it can order this slave and report for it, and no other. */
export function deriveSlaveToken(masterToken: string, slaveId: string): string {
  return sign(masterToken, `slave ${slaveId}`)
}

/** What is sent as the Bearer token, derived from the slave's own token. */
export function deriveBearer(ownToken: string, direction: Direction): string {
  return sign(ownToken, direction)
}

/** The headers of a request to a slave, or of a slave's request to its master. */
export function slaveHeaders(ownToken: string, slaveId: string, direction: Direction): Record<string, string> {
  return { authorization: `Bearer ${deriveBearer(ownToken, direction)}`, [SLAVE_HEADER]: slaveId }
}

/** What a request carries of a log-in. */
export interface SlaveLogIn {
  bearer: string | null
  /** Null in requests of versions that sent the SLAVE_TOKEN itself. */
  slaveId: string | null
}

export function readSlaveLogIn(headers: IncomingHttpHeaders): SlaveLogIn {
  const named = headers[SLAVE_HEADER]
  return { bearer: readBearer(headers.authorization), slaveId: typeof named === 'string' ? named : null }
}

function sign(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
