// Routes of generations: which there are, back to an earlier one, and on to one that is held.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Name, RunId, Strict, success } from '../../shared/schemas/common.ts'
import { GenerationView, RollbackProject } from '../../shared/schemas/generation.ts'
import { MANAGERS } from '../../shared/schemas/roles.ts'
import { RUN } from '../openapi/examples.ts'
import { queryField, withExample } from '../openapi/with-example.ts'
import type { GenerationList } from '../runs/generation-list.ts'
import type { PublishHeld } from '../runs/held.ts'
import type { Rollback } from '../runs/rollback.ts'
import type { ProjectService } from '../services/project-service.ts'
import { identityOf } from '../users/login.ts'
import { accepts, answers } from './answers.ts'

export interface GenerationRoutesDeps {
  projects: ProjectService
  rollback: Rollback
  publishHeld: PublishHeld
  listGenerations: GenerationList
}

const EXAMPLE: GenerationView = {
  generation: 41,
  tag: '5b1f0c9d2e7a4468',
  published_at: '2026-11-24T00:41:07.000Z',
  total_files: 214_000,
  total_size: 2_310_000_000_000,
  state: 'published',
}

export async function generationRoutes(app: Server, deps: GenerationRoutesDeps): Promise<void> {
  const { projects, rollback, publishHeld, listGenerations } = deps
  app.post(
    '/rollback_project',
    {
      config: { access: MANAGERS, onLead: 'project' },
      schema: {
        tags: ['Projects'],
        summary: 'Roll an atomic project back to its previous tree, or to any that is kept, on the whole fleet',
        body: withExample(RollbackProject, { id: 'fedora' }),
        response: accepts(
          Answer({ id: Name, generation: Type.Integer(), run: RunId }),
          success('rollback_project', { id: 'fedora', generation: 40, run: 'fedora-6ef91c-58' }),
        ),
      },
    },
    async (request, reply) => {
      const { id, key } = await projects.findManaged(identityOf(request), request.body.id)
      const { run, generation } = await rollback(key, request.body.generation ?? null)
      reply.code(202)
      return success('rollback_project', { id, generation, run: run.run })
    },
  )

  app.post(
    '/publish_held',
    {
      config: { access: MANAGERS, onLead: 'project' },
      schema: {
        tags: ['Projects'],
        summary: 'Publish what is held because the upstream is not whole, all the same',
        body: withExample(Strict({ id: Name }), { id: 'fedora' }),
        response: accepts(
          Answer({ id: Name, run: RunId }),
          success('publish_held', { id: 'fedora', run: 'fedora-6ef91c-58' }),
        ),
      },
    },
    async (request, reply) => {
      const { id, key } = await projects.findManaged(identityOf(request), request.body.id)
      const { run } = await publishHeld(key)
      reply.code(202)
      return success('publish_held', { id, run })
    },
  )

  app.get(
    '/list_generations',
    {
      config: { access: 'any', onLead: 'project' },
      schema: {
        tags: ['Projects'],
        summary: 'List the generations that a project holds, newest first',
        querystring: Strict({ id: queryField(Name, RUN.id) }),
        response: answers(Type.Array(GenerationView), [EXAMPLE]),
      },
    },
    async (request) => listGenerations((await projects.find(request.query.id)).key),
  )
}
