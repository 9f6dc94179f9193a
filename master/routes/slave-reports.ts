// Routes for slaves: they report how their part of a run goes, and ask what they should serve and who is in the fleet.

import type { FastifyRequest } from 'fastify'
import { NotItsReport } from '../../shared/errors.ts'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, RunId, Strict, success } from '../../shared/schemas/common.ts'
import { FleetNodes, Generations, SlaveProgress, SlaveReport } from '../../shared/schemas/messages.ts'
import { SlaveId } from '../../shared/schemas/slave.ts'
import { PROGRESS, REPORT, RUN, SLAVE } from '../openapi/examples.ts'
import { queryField, withExample } from '../openapi/with-example.ts'
import type { RunReports } from '../runs/run-reports.ts'
import type { SlaveService } from '../services/slave-service.ts'
import type { Topology } from '../topology.ts'
import { slaveOf } from '../users/login.ts'
import { answers } from './answers.ts'

/** A report carries the end of rsync's log. */
const REPORT_LIMIT_BYTES = 4 * 1024 * 1024

export interface SlaveReportRoutesDeps {
  reports: RunReports
  slaves: Pick<SlaveService, 'assertMember' | 'hosts'>
  topology: Pick<Topology, 'address' | 'listMasters'>
}

export async function slaveReportRoutes(app: Server, deps: SlaveReportRoutesDeps): Promise<void> {
  const { reports, slaves, topology } = deps
  app.post(
    '/slave_rsync_complete',
    {
      config: { access: 'slave' },
      bodyLimit: REPORT_LIMIT_BYTES,
      schema: {
        tags: ['Nodes'],
        summary: "Report the end of a slave's part of a run",
        body: withExample(SlaveReport, REPORT),
        response: answers(Answer({}), success('slave_rsync_complete')),
      },
    },
    async (request) => {
      assertOwn(request, request.body.slave_id)
      await reports.receiveEnd(request.body)
      return success('slave_rsync_complete')
    },
  )

  app.get(
    '/slave_changes',
    {
      config: { access: 'slave' },
      schema: {
        tags: ['Nodes'],
        summary: 'List the names that changed, for a slave in a run: a mark, the name and a zero byte for each',
        querystring: Strict({ run: queryField(RunId, RUN.run), slave_id: queryField(SlaveId, SLAVE.id) }),
      },
    },
    async (request, reply) => {
      const { run, slave_id } = request.query
      assertOwn(request, slave_id)
      return reply.type('application/octet-stream').send(reports.changesFor(run, slave_id))
    },
  )

  app.get(
    '/slave_generations',
    {
      config: { access: 'slave' },
      schema: {
        tags: ['Nodes'],
        summary: 'List the generation that the fleet serves of each project, by the key of the project',
        response: answers(Generations, {
          'fedora-6ef91c': { generation: 41, tag: '0f1e2d3c4b5a6978', sequence: 12, epoch: 1_764_115_200_000 },
        }),
      },
    },
    async (request) => {
      await slaves.assertMember(slaveOf(request))
      return reports.generations()
    },
  )

  app.get(
    '/slave_fleet',
    {
      config: { access: 'slave' },
      schema: {
        tags: ['Nodes'],
        summary: 'List the nodes that an order to a slave may name',
        response: answers(FleetNodes, {
          master: null,
          master_urls: ['https://ftp-master.example.org:5000'],
          slave_hosts: [SLAVE.hostname],
        }),
      },
    },
    async (request) => {
      await slaves.assertMember(slaveOf(request))
      const masters = await topology.listMasters()
      return {
        master: topology.address,
        master_urls: masters.map(({ url }) => url),
        slave_hosts: await slaves.hosts(),
      }
    },
  )

  app.post(
    '/slave_progress',
    {
      config: { access: 'slave' },
      schema: {
        tags: ['Nodes'],
        summary: "Report the progress of a slave's part of a run",
        body: withExample(SlaveProgress, { run: RUN.run, slave_id: SLAVE.id, progress: PROGRESS }),
        response: answers(Answer({}), success('slave_progress')),
      },
    },
    async (request) => {
      assertOwn(request, request.body.slave_id)
      reports.receiveProgress(request.body)
      return success('slave_progress')
    },
  )
}

/** @throws {NotItsReport} unless the slave that is logged in speaks of itself. */
function assertOwn(request: FastifyRequest, slaveId: string): void {
  if (slaveOf(request) !== slaveId) throw new NotItsReport(slaveOf(request), slaveId)
}
