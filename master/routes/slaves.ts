// Routes of slaves: those that operators use, and those that slaves themselves report by.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Nullable, RunId, Strict, success } from '../../shared/schemas/common.ts'
import { Generations, SlaveProgress, SlaveReport } from '../../shared/schemas/messages.ts'
import { SlaveView } from '../../shared/schemas/slave.ts'
import type { RunReports } from '../runs/run-reports.ts'
import type { SlaveService } from '../services/slave-service.ts'
import { answers } from './answers.ts'

export interface SlaveRoutesDeps {
  slaves: SlaveService
  reports: RunReports
}

const Hostname = Type.String({ minLength: 1, maxLength: 253, description: 'a host name or an IP address' })
const SlaveId = Type.String({ minLength: 1, maxLength: 300, description: "a slave's id, as in localhost:7000" })
/** The original's examples write the port as a string. */
const PortText = Type.Union(
  [
    Type.Integer({ minimum: 1, maximum: 65535 }),
    Type.String({ pattern: '^0*([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])$' }),
  ],
  { description: 'a port from 1 to 65535' },
)

export async function slaveRoutes(app: Server, { slaves, reports }: SlaveRoutesDeps): Promise<void> {
  app.post(
    '/add_slave',
    {
      config: { access: ['root'] },
      schema: {
        body: Strict({ hostname: Hostname, port: PortText, upstream: Type.Optional(Nullable(SlaveId)) }),
        response: answers(
          Answer({
            hostname: Type.String(),
            port: Type.Integer(),
            id: Type.String(),
            details: Type.String(),
            reachable: Type.Boolean(),
          }),
        ),
      },
    },
    async (request) => {
      const { hostname, port, upstream } = request.body
      const { slave, details, reachable } = await slaves.add(hostname, Number(port), upstream)
      return success('add_slave', { hostname: slave.hostname, port: slave.port, id: slave.id, details, reachable })
    },
  )

  app.get(
    '/list_slaves',
    { config: { access: 'any' }, schema: { response: answers(Type.Array(SlaveView)) } },
    async () => slaves.list(),
  )

  app.post(
    '/remove_slave',
    {
      config: { access: ['root'] },
      schema: {
        body: Strict({ hostname: Hostname, port: Type.Optional(PortText) }),
        response: answers(Answer({ details: Type.String() })),
      },
    },
    async (request) => {
      const { hostname, port } = request.body
      await slaves.remove(hostname, port === undefined ? undefined : Number(port))
      return success('remove_slave', { details: 'Found and deleted' })
    },
  )

  app.post(
    '/slave_rsync_complete',
    {
      config: { access: 'slave' },
      bodyLimit: 4 * 1024 * 1024,
      schema: { body: SlaveReport, response: answers(Answer({})) },
    },
    async (request) => {
      await reports.receiveEnd(request.body)
      return success('slave_rsync_complete')
    },
  )

  app.get(
    '/slave_changes',
    { config: { access: 'slave' }, schema: { querystring: Strict({ run: RunId, slave_id: SlaveId }) } },
    async (request, reply) => {
      const { run, slave_id } = request.query
      return reply.type('application/octet-stream').send(reports.changesFor(run, slave_id))
    },
  )

  app.get('/slave_generations', { config: { access: 'slave' }, schema: { response: answers(Generations) } }, async () =>
    reports.generations(),
  )

  app.post(
    '/slave_progress',
    { config: { access: 'slave' }, schema: { body: SlaveProgress, response: answers(Answer({})) } },
    async (request) => {
      reports.receiveProgress(request.body)
      return success('slave_progress')
    },
  )
}
