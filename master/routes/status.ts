// Routes that tell machines how the master is: alive, and able to work.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { answers } from './answers.ts'

export interface StatusRoutesDeps {
  version: string
  /** What keeps the master from working, each in words; empty when all is well. */
  problems: () => Promise<readonly string[]>
}

export async function statusRoutes(app: Server, { version, problems }: StatusRoutesDeps): Promise<void> {
  app.get(
    '/healthz',
    {
      config: { access: 'open' },
      schema: { response: answers(Type.Object({ status: Type.Literal('ok'), version: Type.String() })) },
    },
    async () => ({ status: 'ok' as const, version }),
  )

  app.get('/readyz', { config: { access: 'open' } }, async (_request, reply) => {
    const found = await problems()
    return reply
      .code(found.length === 0 ? 200 : 503)
      .send({ status: found.length === 0 ? 'ready' : 'not ready', problems: found })
  })
}
