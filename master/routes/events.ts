// The route of events: Server-Sent Events with ids and replay.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { Name, Strict } from '../../shared/schemas/common.ts'
import { queryField } from '../openapi/with-example.ts'
import type { EventStream } from '../outlets/event-stream.ts'
import { identityOf } from '../users/login.ts'

export async function eventRoutes(app: Server, { eventStream }: { eventStream: EventStream }): Promise<void> {
  app.get(
    '/events',
    {
      config: { access: 'any' },
      schema: {
        tags: ['Runs'],
        summary: 'Stream every change as Server-Sent Events; Last-Event-ID replays what was missed',
        querystring: Strict({ id: Type.Optional(queryField(Name, 'fedora')) }),
      },
    },
    async (request, reply) => {
      const { id } = request.query
      const lastEventId = request.headers['last-event-id']
      const { username } = identityOf(request)
      eventStream.assertRoom(username)
      // Fastify does not write this answer, so the headers of every other answer are set by hand.
      reply.raw.setHeaders(new Map(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)])))
      reply.hijack()
      await eventStream.open(reply.raw, {
        username,
        isLoggedIn: async () => (await request.checkAgain()) !== null,
        ...(id === undefined ? {} : { id }),
        ...(typeof lastEventId === 'string' ? { lastEventId } : {}),
      })
    },
  )
  // Open streams would keep the server from closing.
  app.addHook('preClose', async () => eventStream.stop())
}
