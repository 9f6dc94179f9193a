// Routes of slaves for operators: add, list, remove, and the token of each.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Nullable, Strict, success } from '../../shared/schemas/common.ts'
import { SlaveId, SlaveView } from '../../shared/schemas/slave.ts'
import { SLAVE } from '../openapi/examples.ts'
import { withExample } from '../openapi/with-example.ts'
import type { SlaveService } from '../services/slave-service.ts'
import { answers } from './answers.ts'

const Hostname = Type.String({ minLength: 1, maxLength: 253, description: 'a host name or an IP address' })
/** As the HMAC is written in base64url. */
const EXAMPLE_TOKEN = 'x'.repeat(43)
/** The original's examples send the port as a string. */
const PortText = Type.Union(
  [
    Type.Integer({ minimum: 1, maximum: 65535 }),
    Type.String({ pattern: '^0*([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])$' }),
  ],
  { description: 'a port from 1 to 65535' },
)

export async function slaveRoutes(app: Server, { slaves }: { slaves: SlaveService }): Promise<void> {
  app.post(
    '/add_slave',
    {
      config: { access: ['root'] },
      schema: {
        tags: ['Slaves'],
        summary: 'Add a slave, or give it another upstream',
        body: withExample(Strict({ hostname: Hostname, port: PortText, upstream: Type.Optional(Nullable(SlaveId)) }), {
          hostname: SLAVE.hostname,
          port: '7000',
        }),
        response: answers(
          Answer({
            hostname: Type.String(),
            port: Type.Integer(),
            id: Type.String(),
            details: Type.String(),
            reachable: Type.Boolean(),
            token: Type.String(),
          }),
          success('add_slave', {
            hostname: SLAVE.hostname,
            port: SLAVE.port,
            id: SLAVE.id,
            details: 'Added to cluster',
            reachable: true,
            token: EXAMPLE_TOKEN,
          }),
        ),
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const { hostname, port, upstream } = request.body
      const { slave, ...rest } = await slaves.add(hostname, Number(port), upstream)
      return success('add_slave', { hostname: slave.hostname, port: slave.port, id: slave.id, ...rest })
    },
  )

  app.post(
    '/slave_token',
    {
      config: { access: ['root'] },
      schema: {
        tags: ['Slaves'],
        summary: "Show a slave's own token, which is its SLAVE_TOKEN; its SLAVE_ID is its id",
        body: withExample(Strict({ id: SlaveId }), { id: SLAVE.id }),
        response: answers(
          Answer({ id: Type.String(), token: Type.String() }),
          success('slave_token', { id: SLAVE.id, token: EXAMPLE_TOKEN }),
        ),
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const id = request.body.id.toLowerCase()
      return success('slave_token', { id, token: await slaves.token(id) })
    },
  )

  app.get(
    '/list_slaves',
    {
      config: { access: 'any' },
      schema: {
        tags: ['Slaves'],
        summary: 'List all slaves, and how far behind each is with each project',
        response: answers(Type.Array(SlaveView), [SLAVE]),
      },
    },
    async () => slaves.list(),
  )

  app.post(
    '/remove_slave',
    {
      config: { access: ['root'] },
      schema: {
        tags: ['Slaves'],
        summary: 'Remove a slave; its files stay',
        body: withExample(Strict({ hostname: Hostname, port: Type.Optional(PortText) }), {
          hostname: SLAVE.hostname,
          port: SLAVE.port,
        }),
        response: answers(
          Answer({ details: Type.String() }),
          success('remove_slave', { details: 'Found and deleted' }),
        ),
      },
    },
    async (request) => {
      const { hostname, port } = request.body
      await slaves.remove(hostname, port === undefined ? undefined : Number(port))
      return success('remove_slave', { details: 'Found and deleted' })
    },
  )
}
