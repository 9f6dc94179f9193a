// The slave's routes: all of them for its master, but for the health check.

import Type from 'typebox'
import { LogNotFound, TreeLags } from '../../shared/errors.ts'
import type { Server } from '../../shared/http/create-server.ts'
import { readSlaveLogIn } from '../../shared/http/slave-log-in.ts'
import { Answer, Name, Nullable, RunId, Strict, success } from '../../shared/schemas/common.ts'
import {
  Jobs,
  PROTOCOL,
  PublishTree,
  RemoveTree,
  RenameTree,
  SlaveHealth,
  SyncFromMaster,
} from '../../shared/schemas/messages.ts'
import type { KnownNodes } from '../services/fleet-nodes.ts'
import type { MasterLogIn } from '../services/master-log-in.ts'
import type { MasterLooks } from '../services/master-looks.ts'
import type { PublishService } from '../services/publish-service.ts'
import type { SyncService } from '../services/sync-service.ts'
import type { Trees } from '../services/trees.ts'

export interface JobRoutesDeps {
  syncs: SyncService
  trees: Trees
  publishes: PublishService
  masterLooks: Pick<MasterLooks, 'last'>
  /** The port of the slave's own rsyncd; null when it has none. */
  rsyncdPort: number | null
  /** By which the slave's users know it; empty for the host in its id. */
  publicName: string
  logIn: Pick<MasterLogIn, 'check' | 'noteRefusal'>
  nodes: Pick<KnownNodes, 'assertOrder'>
  version: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** True when the master is of an earlier version, which cannot say which nodes are in the fleet. */
    isFromOldMaster: boolean
  }
}

export async function jobRoutes(app: Server, deps: JobRoutesDeps): Promise<void> {
  const { syncs, trees, publishes, masterLooks, rsyncdPort, publicName, logIn, nodes, version } = deps
  app.decorateRequest('isFromOldMaster', false)
  app.addHook('onRequest', async (request) => {
    if (request.is404) return
    const given = readSlaveLogIn(request.headers)
    // An open route is looked at too: it is where a master of an earlier version shows itself first.
    const isOpen = request.routeOptions.url === '/healthz'
    if (isOpen && given.bearer === null) return
    const judgement = await logIn.check(given)
    request.isFromOldMaster = judgement.form === 'old'
    if (judgement.form !== null || isOpen) return
    logIn.noteRefusal(judgement.refusal, { from: request.ip, slaveId: given.slaveId })
    throw judgement.refusal
  })

  app.post(
    '/sync_from_master',
    { schema: { body: SyncFromMaster, response: { 202: Answer({ run: RunId }) } } },
    async (request, reply) => {
      if (!request.isFromOldMaster) await nodes.assertOrder(request.body)
      await syncs.accept(request.body)
      reply.code(202)
      return success('sync_from_master', { run: request.body.run })
    },
  )

  app.post(
    '/stop',
    { schema: { body: Strict({ run: RunId }), response: { 200: Answer({ run: RunId }) } } },
    async (request) => {
      syncs.stop(request.body.run)
      return success('stop', { run: request.body.run })
    },
  )

  app.post(
    '/publish',
    {
      schema: {
        body: PublishTree,
        response: { 200: Answer({ generation: Nullable(Type.Integer()), tag: Nullable(Type.String()) }) },
      },
    },
    async (request) => {
      const serves = await publishes.publish(request.body)
      return success('publish', { generation: serves?.generation ?? null, tag: serves?.tag ?? null })
    },
  )

  app.post('/rename_tree', { schema: { body: RenameTree, response: { 200: Answer({}) } } }, async (request) => {
    if (trees.find(request.body.key) !== undefined) await trees.adopt(request.body.key, request.body)
    return success('rename_tree')
  })

  app.post('/remove_tree', { schema: { body: RemoveTree, response: { 200: Answer({}) } } }, async (request) => {
    const { key, project, purge } = request.body
    await trees.remove(key, project, purge)
    return success('remove_tree')
  })

  app.get(
    '/run_log',
    { schema: { querystring: Strict({ run: RunId, follow: Type.Optional(Type.Boolean()) }) } },
    async (request, reply) => {
      const log = syncs.readLog(request.query.run, request.query.follow ?? false)
      if (log === null) throw new LogNotFound(request.query.run)
      return reply.type('text/plain; charset=utf-8').send(log)
    },
  )

  app.get(
    '/jobs',
    {
      schema: { querystring: Strict({ anchors: Type.Optional(Type.Boolean()) }), response: { 200: Jobs } },
    },
    async (request) => ({ ...syncs.list(request.query.anchors ?? true), to_master: masterLooks.last() }),
  )

  app.get(
    '/healthz',
    { schema: { querystring: Strict({ project: Type.Optional(Name) }), response: { 200: SlaveHealth } } },
    async (request) => {
      const { project } = request.query
      const problem = project === undefined ? null : publishes.problemOf(project)
      if (problem !== null) throw new TreeLags(project ?? '', problem)
      const named = publicName === '' ? {} : { public_name: publicName }
      return {
        status: 'ok' as const,
        version,
        trees: trees.digest(),
        rsyncd_port: rsyncdPort,
        protocol: PROTOCOL,
        ...named,
      }
    },
  )
}
