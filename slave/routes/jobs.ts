// The slave's routes: all of them for its master, but for the health check.

import Type from 'typebox'
import { LogNotFound, NotAuthenticated, TreeLags } from '../../shared/errors.ts'
import { equalSecrets, readBearer } from '../../shared/http/bearer.ts'
import type { Server } from '../../shared/http/create-server.ts'
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
import type { PublishService } from '../services/publish-service.ts'
import type { SyncService } from '../services/sync-service.ts'
import type { Trees } from '../services/trees.ts'

export interface JobRoutesDeps {
  syncs: SyncService
  trees: Trees
  publishes: PublishService
  /** The port of the slave's own rsyncd; null when it has none. */
  rsyncdPort: number | null
  token: string
  version: string
}

export async function jobRoutes(app: Server, deps: JobRoutesDeps): Promise<void> {
  const { syncs, trees, publishes, rsyncdPort, token, version } = deps
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.url === '/healthz' || request.is404) return
    const bearer = readBearer(request.headers.authorization)
    if (bearer === null || !equalSecrets(bearer, token)) {
      throw new NotAuthenticated(
        "The request does not carry this slave's SLAVE_TOKEN. Set the same SLAVE_TOKEN on the master and on this slave.",
      )
    }
  })

  app.post(
    '/sync_from_master',
    { schema: { body: SyncFromMaster, response: { 202: Answer({ run: RunId }) } } },
    async (request, reply) => {
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

  app.get('/jobs', { schema: { response: { 200: Jobs } } }, async () => syncs.list())

  app.get(
    '/healthz',
    { schema: { querystring: Strict({ project: Type.Optional(Name) }), response: { 200: SlaveHealth } } },
    async (request) => {
      const { project } = request.query
      const problem = project === undefined ? null : publishes.problemOf(project)
      if (problem !== null) throw new TreeLags(project ?? '', problem)
      return { status: 'ok' as const, version, trees: trees.digest(), rsyncd_port: rsyncdPort, protocol: PROTOCOL }
    },
  )
}
