// Decides whether a request comes from this slave's master. Pure.

import { isLoopback, isLoopbackFleet, type Settings } from '../../settings.ts'
import { NotAuthenticated, SlaveIdDiffers, SlaveTokenDiffers } from '../../shared/errors.ts'
import { equalSecrets } from '../../shared/http/bearer.ts'
import { deriveBearer, deriveSlaveToken, type SlaveLogIn } from '../../shared/http/slave-log-in.ts'
import { bareHost } from '../../shared/http/url-host.ts'

/** What a slave knows of itself. */
export interface SlaveIdentity {
  settings: Pick<Settings, 'SLAVE_ID' | 'SLAVE_TOKEN' | 'SLAVE_BIND' | 'SLAVE_PORT' | 'MASTER_BIND' | 'MASTER_HOSTNAME'>
  /** The SLAVE_TOKEN, or what was made up for a fleet on loopback. */
  token: string
}

/** `old`: the token itself, as earlier versions send it. `slaveId` is how the master calls this slave. */
export type Judgement = { form: 'new'; slaveId: string } | { form: 'old' } | { form: null; refusal: Error }

/**
 * Judges a log-in. `knownId` is the id by which a master has used the new form; null until one has. From then on
 * the old form is refused.
 */
export function judgeLogIn(self: SlaveIdentity, knownId: string | null, { bearer, slaveId }: SlaveLogIn): Judgement {
  if (bearer === null) {
    return refuse(new NotAuthenticated('A slave takes orders from its master only; they carry a Bearer token.'))
  }
  if (equalSecrets(bearer, self.token)) {
    if (knownId === null) return { form: 'old' }
    return refuse(
      new NotAuthenticated(
        'This is the log-in of an earlier version, and a master of this slave has used the new one. Update every master.',
      ),
    )
  }
  if (slaveId === null || !equalSecrets(bearer, deriveBearer(ownToken(self, slaveId), 'to-slave'))) {
    return refuse(new SlaveTokenDiffers())
  }
  if (!isOwnId(self, knownId, slaveId)) return refuse(new SlaveIdDiffers(slaveId, describeId(self, knownId)))
  return { form: 'new', slaveId }
}

/** The slave's own token, which a slave that has the master's token derives from its id. */
export function ownToken({ settings, token }: SlaveIdentity, slaveId: string): string {
  const isOwn = settings.SLAVE_ID !== undefined && settings.SLAVE_TOKEN !== undefined
  return isOwn ? token : deriveSlaveToken(token, slaveId)
}

/** True when the slave has the master's token, beyond loopback: it could order every other slave. */
export function holdsMasterToken({ settings }: SlaveIdentity): boolean {
  return settings.SLAVE_ID === undefined && !isLoopbackFleet(settings)
}

/**
 * Without a SLAVE_ID, an id could be that of another slave, or of none: on loopback it must be this slave's address;
 * beyond, the first one counts.
 */
function isOwnId(self: SlaveIdentity, knownId: string | null, slaveId: string): boolean {
  const { SLAVE_ID, SLAVE_PORT, SLAVE_BIND } = self.settings
  if (SLAVE_ID !== undefined) return slaveId === SLAVE_ID
  if (!isLoopbackFleet(self.settings)) return knownId === null || knownId === slaveId
  const [, host = '', port] = /^(.+):(\d+)$/.exec(slaveId) ?? []
  const isHost = [host, SLAVE_BIND].includes('localhost') || bareHost(host) === bareHost(SLAVE_BIND)
  return Number(port) === SLAVE_PORT && isLoopback(host) && isHost
}

function describeId({ settings }: SlaveIdentity, knownId: string | null): string {
  if (settings.SLAVE_ID !== undefined) return settings.SLAVE_ID
  return isLoopbackFleet(settings) ? `${settings.SLAVE_BIND}:${settings.SLAVE_PORT}` : (knownId ?? '')
}

function refuse(refusal: Error): Judgement {
  return { form: null, refusal }
}
