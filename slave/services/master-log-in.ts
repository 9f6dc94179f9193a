// The log-ins between this slave and its master: checks those that come, and makes those that go.

import path from 'node:path'
import Type from 'typebox'
import { type SlaveLogIn, slaveHeaders } from '../../shared/http/slave-log-in.ts'
import { Nullable } from '../../shared/schemas/common.ts'
import { documentKind, StoredDocument } from '../../shared/store/document.ts'
import { holdsMasterToken, type Judgement, judgeLogIn, ownToken, type SlaveIdentity } from './judge-log-in.ts'

export interface MasterLogInDeps extends SlaveIdentity {
  /** Where the slave remembers that a master has used the new form. */
  folder: string
  onWarning: (message: string, details: Record<string, unknown>) => void
}

export type MasterLogIn = Awaited<ReturnType<typeof openMasterLogIn>>

/** The id by which a master has used the new form of log-in; null until one has. */
const KIND = documentKind({
  name: 'log-in of the master',
  version: 1,
  schema: Type.Object({ slave_id: Nullable(Type.String()) }),
})

/** @throws {DocumentError} when what was remembered cannot be read. */
export async function openMasterLogIn(deps: MasterLogInDeps) {
  const { settings, folder, onWarning } = deps
  const known = await StoredDocument.open(KIND, path.join(folder, 'master-log-in.json'), { slave_id: null })
  /** A master of an earlier version has shown, since the start, that it knows the token. */
  let hasOldMaster = false
  /** Each reason is logged once, until a request is accepted again. */
  const logged = new Set<string>()
  if (holdsMasterToken(deps)) {
    onWarning(
      'SLAVE_ID is not set: this slave has the token of the whole fleet. Run "mirrorfleet slave token ID" with its id in /list_slaves/, and set the SLAVE_ID and SLAVE_TOKEN that it prints.',
      {},
    )
  }

  const isOld = (): boolean => hasOldMaster && known.data.slave_id === null

  return {
    /** True while the master is of an earlier version: it cannot say which nodes are in the fleet. */
    isOld,
    /** Judges a request's log-in. That a master uses the new form is on disk when this resolves. */
    check: async (logIn: SlaveLogIn): Promise<Judgement> => {
      const judgement = judgeLogIn(deps, known.data.slave_id, logIn)
      if (judgement.form === 'old') hasOldMaster = true
      if (judgement.form === 'new' && judgement.slaveId !== known.data.slave_id) {
        const { slaveId } = judgement
        await known.update(() => ({ slave_id: slaveId }))
      }
      if (judgement.form !== null) logged.clear()
      return judgement
    },
    /** Writes to the log why a request was refused. */
    noteRefusal: (refusal: Error, details: { from: string; slaveId: string | null }): void => {
      if (logged.has(refusal.message)) return
      logged.add(refusal.message)
      onWarning('a request was refused: it does not log in as the master of this slave', {
        reason: refusal.message,
        ...details,
      })
    },
    /**
     * The headers for a request to a master, in the name that the master has for this slave; null when that is not known.
     * The token itself goes to a master of an earlier version only, which has sent it.
     */
    headersFor: (slaveId: string | null): Record<string, string> | null => {
      if (isOld()) return { authorization: `Bearer ${deps.token}` }
      const id = settings.SLAVE_ID ?? slaveId ?? known.data.slave_id
      return id === null ? null : slaveHeaders(ownToken(deps, id), id, 'to-master')
    },
  }
}
