// Routes of runs: start one, list them, read their logs, stop them.

import Type from 'typebox'
import { atField, InvalidInput, ScopeForbidden } from '../../shared/errors.ts'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Name, Nullable, RunId, Strict, success } from '../../shared/schemas/common.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { MANAGERS } from '../../shared/schemas/roles.ts'
import { Mode, Run, RunState } from '../../shared/schemas/run.ts'
import { RUN, SLAVE } from '../openapi/examples.ts'
import { queryField, withExample } from '../openapi/with-example.ts'
import { waysOf } from '../records/ways.ts'
import type { LogService } from '../runs/log-service.ts'
import { enqueueNow, type Runs } from '../runs/runs.ts'
import type { ProjectService } from '../services/project-service.ts'
import type { Store } from '../store/store.ts'
import { identityOf } from '../users/login.ts'
import { accepts, answers } from './answers.ts'

export interface RunRoutesDeps {
  projects: ProjectService
  runs: Runs
  store: Store
  runLogs: LogService
}

const Syncup = Strict({
  id: Type.Optional(queryField(Name, 'fedora')),
  project: Type.Optional(Name),
  mode: Type.Optional(queryField(Mode, 'sync')),
  dry_run: Type.Optional(queryField(Type.Boolean(), false)),
  force: Type.Optional(queryField(Type.Boolean(), false)),
  upstream: Type.Optional(
    queryField(
      Type.Integer({
        minimum: 1,
        maximum: 17,
        description: "the number of one of the project's upstreams, 1 for the first; no other is used",
      }),
      1,
    ),
  ),
})
const Limit = Type.Integer({ minimum: 1, maximum: 1000, description: 'a whole number from 1 to 1000' })
const ListRuns = Strict({
  id: Type.Optional(queryField(Name, 'fedora')),
  state: Type.Optional(queryField(RunState, 'succeeded')),
  limit: Type.Optional(queryField(Limit, 50)),
  before: Type.Optional(RunId),
})

export async function runRoutes(app: Server, deps: RunRoutesDeps): Promise<void> {
  const { projects, runs, store, runLogs } = deps
  app.route({
    method: ['GET', 'POST'],
    url: '/syncup',
    config: { access: MANAGERS, changesState: true, answersAs: 'syncup_project', tokenAction: 'sync' },
    schema: {
      tags: ['Runs'],
      summary: 'Sync now',
      querystring: Syncup,
      response: accepts(
        Answer({ id: Name, run: RunId, running: Nullable(RunId), note: Type.String() }),
        success('syncup_project', { id: 'fedora', run: RUN.run, running: null, note: 'sync initiated' }),
      ),
    },
    handler: async (request, reply) => {
      const { id, project, mode = 'sync', dry_run: dryRun = false, force = false, upstream } = request.query
      const by = identityOf(request)
      const found = await projects.findManaged(by, nameOf(id ?? project))
      // The guard is there for the upstream, which may be who holds the token.
      if (force && by.scope)
        throw new ScopeForbidden('force: a token that is limited to syncs cannot ignore the guard.')
      const picked = upstream === undefined ? {} : { upstream: assertUpstream(found, upstream) }
      const queued = await enqueueNow(runs, found.key, { trigger: 'explicit', mode, dryRun, force, ...picked })
      const { run, running, note } = queued
      reply.code(202)
      return success('syncup_project', { id: found.id, run: run.run, running: running?.run ?? null, note })
    },
  })

  app.post(
    '/stop_run',
    {
      config: { access: MANAGERS },
      schema: {
        tags: ['Runs'],
        summary: 'Stop a run, whether it is queued or running',
        body: withExample(Strict({ run: RunId }), { run: RUN.run }),
        response: answers(
          Answer({ run: RunId, state: RunState }),
          success('stop_run', { run: RUN.run, state: 'stopped' as const }),
        ),
      },
    },
    async (request) => {
      const run = await runs.get(request.body.run)
      await projects.findManagedOf(identityOf(request), run)
      const { state } = await runs.stop(run.run)
      return success('stop_run', { run: run.run, state })
    },
  )

  app.get(
    '/list_runs',
    {
      config: { access: 'any' },
      schema: {
        tags: ['Runs'],
        summary: 'List runs, newest first',
        querystring: ListRuns,
        response: answers(Type.Array(Run), [RUN]),
      },
    },
    async (request) => {
      const { id, state, limit = 50, before } = request.query
      const key = id === undefined ? undefined : (await projects.find(id)).key
      return [
        ...(await store.listRuns({
          limit,
          ...(key === undefined ? {} : { key }),
          ...(state === undefined ? {} : { state }),
          ...(before === undefined ? {} : { before }),
        })),
      ]
    },
  )

  app.get(
    '/get_run',
    {
      config: { access: 'any' },
      schema: {
        tags: ['Runs'],
        summary: 'Show one run',
        querystring: Strict({ run: queryField(RunId, RUN.run) }),
        response: answers(Run, RUN),
      },
    },
    async (request) => runs.get(request.query.run),
  )

  app.get(
    '/run_log',
    {
      config: { access: 'any', onLead: 'run' },
      schema: {
        tags: ['Runs'],
        summary: "Read rsync's output of one stage; follow=true streams it until the stage ends",
        querystring: Strict({
          run: queryField(RunId, RUN.run),
          slave: Type.Optional(queryField(Type.String({ maxLength: 300 }), SLAVE.id)),
          follow: Type.Optional(queryField(Type.Boolean(), false)),
        }),
      },
    },
    async (request, reply) => {
      const { run, slave, follow = false } = request.query
      reply.type('text/plain; charset=utf-8')
      return reply.send(await runLogs.read(await runs.get(run), slave, follow))
    },
  )
}

/** The original's parameter is `project`; its value is the id, unless the project was given another id. */
function nameOf(name: string | undefined): string {
  if (name !== undefined) return name
  throw atField(new InvalidInput('id: is missing; give the id of a project, as in /syncup/?id=fedora'), 'id')
}

/** @throws {InvalidInput} when the project has no upstream of that number. */
function assertUpstream(project: StoredProject, number: number): number {
  const count = waysOf(project, null).length
  if (number <= count) return number
  throw atField(
    new InvalidInput(`upstream: the project has ${count === 1 ? 'one upstream' : `${count} upstreams`}`),
    'upstream',
  )
}
