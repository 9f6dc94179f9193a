// Log-ins as nodes make them, for tests that speak to a node in another one's name.

import { type Direction, deriveSlaveToken, slaveHeaders } from '../../shared/http/slave-log-in.ts'

/** The headers of a request to or from the slave `id`, for a fleet whose master has `masterToken`. */
export function logInOf(masterToken: string, id: string, direction: Direction): Record<string, string> {
  return slaveHeaders(deriveSlaveToken(masterToken, id), id, direction)
}
