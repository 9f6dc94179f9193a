// Says why a slave takes no orders from this master, and what to do. Pure.

import { errorMessage, type JsonAnswer } from '../../shared/http/peer.ts'

/** What a slave says is shown to people, and is not trusted: no more than this of it. */
const MOST_CHARACTERS = 300

/** The reason in words when the answer is a refusal (401 or 403), else null. `slaveId` is the id in /list_slaves/. */
export function describeRefusal(slaveId: string, answer: JsonAnswer): string | null {
  const { status, body } = answer
  if (status !== 401 && status !== 403) return null
  const { error } = Object(body) as { error?: { code?: unknown } }
  const remedy =
    `Run "mirrorfleet slave token ${slaveId}", set the SLAVE_ID and SLAVE_TOKEN that it prints on the slave, ` +
    'and restart the slave.'
  if (error?.code === 'SLAVE_TOKEN_DIFFERS') return `SLAVE_TOKEN differs. ${remedy}`
  if (error?.code === 'SLAVE_ID_DIFFERS') return `SLAVE_ID differs: the slave goes by another id. ${remedy}`
  // The log-in of this version is unknown to slaves of earlier ones.
  if (status === 401) return `SLAVE_TOKEN differs, or the slave is older than this master. Update the slave. ${remedy}`
  return `The slave, or a proxy before it, answered with status 403: ${errorMessage(answer).slice(0, MOST_CHARACTERS)}`
}
