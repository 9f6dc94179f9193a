import { describe, expect, it } from 'vitest'
import { deriveBearer, deriveSlaveToken } from '../../../shared/http/slave-log-in.ts'
import { holdsMasterToken, judgeLogIn, type SlaveIdentity } from '../../../slave/services/judge-log-in.ts'

const MASTER = 'the token of the master'
const ID = 'ftp2.example.org:7000'
const OWN = deriveSlaveToken(MASTER, ID)

const slave = (settings: Partial<SlaveIdentity['settings']>, token = MASTER): SlaveIdentity => ({
  token,
  settings: {
    SLAVE_TOKEN: token,
    SLAVE_BIND: '127.0.0.1',
    SLAVE_PORT: 7000,
    MASTER_BIND: '127.0.0.1',
    MASTER_HOSTNAME: 'localhost',
    ...settings,
  },
})
const LOOPBACK = slave({})
const BEYOND = slave({ SLAVE_BIND: '0.0.0.0' })
const WITH_ID = slave({ SLAVE_BIND: '0.0.0.0', SLAVE_ID: ID }, OWN)
/** The log-in that the master sends to the slave with this id. */
const fromMaster = (slaveId: string) => ({
  slaveId,
  bearer: deriveBearer(deriveSlaveToken(MASTER, slaveId), 'to-slave'),
})
const codeOf = (
  self: SlaveIdentity,
  logIn: { slaveId: string | null; bearer: string | null },
  knownId: string | null,
) => {
  const judgement = judgeLogIn(self, knownId, logIn)
  return judgement.form ?? (judgement.refusal as Error & { code: string }).code
}

describe('a log-in', () => {
  it.each([
    ['own token', WITH_ID, ID, 'new'],
    ['own token, another id', WITH_ID, 'ftp3.example.org:7000', 'SLAVE_TOKEN_DIFFERS'],
    ['loopback', LOOPBACK, 'localhost:7000', 'new'],
    ['loopback, by address', LOOPBACK, '127.0.0.1:7000', 'new'],
    ['loopback, IPv6', slave({ SLAVE_BIND: '::1' }), '[::1]:7000', 'new'],
    ['loopback, another port', LOOPBACK, 'localhost:7001', 'SLAVE_ID_DIFFERS'],
    ['loopback, another address', LOOPBACK, '127.0.0.2:7000', 'SLAVE_ID_DIFFERS'],
    ['loopback, another machine', LOOPBACK, ID, 'SLAVE_ID_DIFFERS'],
    ['loopback, no id at all', LOOPBACK, 'nothing', 'SLAVE_ID_DIFFERS'],
    ['beyond', BEYOND, ID, 'new'],
  ])('by what the master derives for an id: %s', (_name, self, id, says) => {
    expect(codeOf(self, fromMaster(id), null)).toBe(says)
  })

  it('for one id is none for another, nor for the other direction', () => {
    for (const self of [LOOPBACK, BEYOND, WITH_ID]) {
      const { bearer } = fromMaster('localhost:7000')
      expect(codeOf(self, { slaveId: 'localhost:7001', bearer }, null)).toBe('SLAVE_TOKEN_DIFFERS')
      const toMaster = deriveBearer(deriveSlaveToken(MASTER, ID), 'to-master')
      expect(codeOf(self, { slaveId: ID, bearer: toMaster }, null)).toBe('SLAVE_TOKEN_DIFFERS')
      expect(codeOf(self, { slaveId: null, bearer }, null)).toBe('SLAVE_TOKEN_DIFFERS')
      expect(codeOf(self, { slaveId: ID, bearer: null }, null)).toBe('NOT_AUTHENTICATED')
    }
  })

  it('with the token itself works until a master has used the new form', () => {
    for (const slaveId of [null, 'localhost:7000']) {
      expect(codeOf(LOOPBACK, { slaveId, bearer: MASTER }, null)).toBe('old')
      expect(codeOf(LOOPBACK, { slaveId, bearer: MASTER }, 'localhost:7000')).toBe('NOT_AUTHENTICATED')
    }
  })

  it('without a SLAVE_ID beyond loopback keeps to the first id', () => {
    expect(codeOf(BEYOND, fromMaster(ID), ID)).toBe('new')
    expect(codeOf(BEYOND, fromMaster('evil.example.org:7000'), ID)).toBe('SLAVE_ID_DIFFERS')
    expect([LOOPBACK, BEYOND, WITH_ID].map(holdsMasterToken)).toEqual([false, true, false])
  })
})
