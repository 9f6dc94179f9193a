// The route that gives many projects to another master at once, as when one is gone.

import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { atField, type FieldError, NotAssigned } from '../../shared/errors.ts'
import type { Server } from '../../shared/http/create-server.ts'
import { Problems } from '../../shared/problems.ts'
import { Answer, Name, success } from '../../shared/schemas/common.ts'
import { AssignNode } from '../../shared/schemas/master.ts'
import { NodeName } from '../../shared/schemas/project-parts.ts'
import { MANAGERS } from '../../shared/schemas/roles.ts'
import { withExample } from '../openapi/with-example.ts'
import type { ProjectService } from '../services/project-service.ts'
import type { Topology } from '../topology.ts'
import { identityOf } from '../users/login.ts'
import { answers } from './answers.ts'

export interface AssignRoutesDeps {
  projects: Pick<ProjectService, 'findManaged'>
  topology: Pick<Topology, 'placement'>
}

/** Of a request that is passed on: this one has been judged, and has another body. */
const OWN_HEADERS = ['host', 'authorization', 'cookie'] as const

export async function assignRoutes(app: Server, { projects, topology }: AssignRoutesDeps): Promise<void> {
  app.post(
    '/assign_node',
    {
      config: { access: MANAGERS },
      schema: {
        tags: ['Projects'],
        summary: 'Give many projects to another master; all of them, unless one cannot be given',
        body: withExample(AssignNode, { node: 'ftp2', ids: ['debian', 'fedora'] }),
        response: answers(
          Answer({ node: NodeName, ids: Type.Array(Name) }),
          success('assign_node', { node: 'ftp2', ids: ['debian', 'fedora'] }),
        ),
      },
    },
    async (request) => {
      const { node, ids } = request.body
      topology.placement(node, null)
      const problems = new Problems()
      for (const [index, id] of ids.entries())
        await problems.tryLater(() => named(index, () => projects.findManaged(identityOf(request), id)))
      problems.throwAny()
      for (const [index, id] of ids.entries())
        await problems.tryLater(() => named(index, () => assign(app, request, { node, id })))
      problems.throwAny()
      return success('assign_node', { node, ids })
    },
  )
}

/** By the route of one project, which goes to the master that has its files while that is up. @throws {NotAssigned} */
async function assign(app: Server, request: FastifyRequest, change: { node: string; id: string }): Promise<void> {
  const { headers, clientAddress } = request
  const kept = OWN_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]] as const]))
  const answer = await app.inject({
    method: 'POST',
    url: '/update_project/basic',
    headers: Object.fromEntries(kept),
    remoteAddress: clientAddress,
    payload: change,
  })
  if (answer.statusCode !== 200) throw new NotAssigned(change.id, String(answer.json().error?.message))
}

/** Says which of the ids a problem is about. */
async function named<T>(index: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isCoded(error) ? atField(error, `ids.${index}`) : error
  }
}

function isCoded(error: unknown): error is FieldError {
  return error instanceof Error && 'code' in error && 'statusCode' in error
}
