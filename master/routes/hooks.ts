// The route by which upstreams and forges start syncs: without a log-in, by a signature.

import Type from 'typebox'
import { HookRefused } from '../../shared/errors.ts'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Name, Nullable, RunId, success } from '../../shared/schemas/common.ts'
import { RUN } from '../openapi/examples.ts'
import type { HookService } from '../services/hook-service.ts'
import type { LoginLimits } from '../users/login-limits.ts'
import { accepts } from './answers.ts'

export interface HookRoutesDeps {
  hooks: HookService
  /** Bounds guessing, as it does for log-ins. */
  limits: LoginLimits
}

/** GitHub's payloads grow with what was pushed; nothing but their signature is read. */
const BODY_LIMIT_BYTES = 1024 * 1024

export async function hookRoutes(app: Server, { hooks, limits }: HookRoutesDeps): Promise<void> {
  // The bytes are signed, whatever they are.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.post(
    '/hooks/:id',
    {
      config: { access: 'open' },
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        tags: ['Runs'],
        summary: "Sync a project, by a body that is signed with the project's trigger_secret",
        description:
          'The signature is the HMAC-SHA256 of the body, in X-Hub-Signature-256 or X-Mirrorfleet-Signature (sha256=HEX) or X-Gitea-Signature (HEX). The body itself is not read.',
        params: Type.Object({ id: Type.String({ maxLength: 256 }) }),
        response: accepts(
          Answer({ id: Name, run: RunId, running: Nullable(RunId), note: Type.String() }),
          success('hooks', { id: 'fedora', run: RUN.run, running: null, note: 'sync initiated' }),
        ),
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      try {
        const { run, running, note } = await hooks.call(id, body, request.headers)
        reply.code(202)
        return success('hooks', { id: run.id, run: run.run, running: running?.run ?? null, note })
      } catch (error) {
        if (error instanceof HookRefused) await limits.noteWrongToken(request.clientAddress, 'hook')
        throw error
      }
    },
  )
}
