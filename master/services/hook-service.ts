// Starts the sync of a project for whoever knows its trigger secret, and tells others nothing.

import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { HookRefused } from '../../shared/errors.ts'
import { isSigned } from '../../shared/http/signature.ts'
import { plainRequest } from '../records/run.ts'
import { type Enqueued, enqueueNow, type Runs } from '../runs/runs.ts'
import type { SecretBox } from '../store/secret-box.ts'
import type { Store } from '../store/store.ts'

export interface HookServiceDeps {
  store: Pick<Store, 'findProject'>
  box: SecretBox
  runs: Pick<Runs, 'enqueue'>
}

export type HookService = ReturnType<typeof createHookService>

export function createHookService({ store, box, runs }: HookServiceDeps) {
  // A project that is not there, or has no secret, is given one that nobody knows: its hook answers as any other.
  const unknown = box.seal(randomBytes(32).toString('hex'))

  return {
    /** `body` is what was signed. @throws {HookRefused} for any project that did not sign it, there or not. */
    call: async (id: string, body: Buffer, headers: IncomingHttpHeaders): Promise<Enqueued> => {
      const project = await store.findProject(id)
      const sealed = project?.trigger_secret ?? null
      const isRight = isSigned(body, headers, box.open(sealed ?? unknown))
      if (project === null || sealed === null || !isRight) throw new HookRefused()
      return enqueueNow(runs, project.key, plainRequest('explicit'))
    },
  }
}
