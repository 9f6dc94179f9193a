// The newest runs of several projects in one answer, each run in one line: for pages that list many projects.

import Type from 'typebox'
import { atField, InvalidInput } from '../../shared/errors.ts'
import type { Server } from '../../shared/http/create-server.ts'
import { briefOf } from '../../shared/schemas/brief-of.ts'
import { NAME_PATTERN, Strict } from '../../shared/schemas/common.ts'
import { RunBrief } from '../../shared/schemas/run-brief.ts'
import { RUN } from '../openapi/examples.ts'
import { queryField } from '../openapi/with-example.ts'
import type { Store } from '../store/store.ts'
import { answers } from './answers.ts'

const MOST_PROJECTS = 100
const NAME = new RegExp(NAME_PATTERN)
const IDS = `up to ${MOST_PROJECTS} ids of projects, separated by commas`
const Ids = Type.String({ maxLength: 6_500, description: IDS })
const Limit = Type.Integer({ minimum: 1, maximum: 100, description: 'a whole number from 1 to 100' })

export async function runHistoryRoutes(app: Server, { store }: { store: Store }): Promise<void> {
  app.get(
    '/run_history',
    {
      config: { access: 'any' },
      schema: {
        tags: ['Runs'],
        summary: 'Show the newest runs of several projects, newest first, each in one line',
        querystring: Strict({ ids: queryField(Ids, 'debian,fedora'), limit: Type.Optional(queryField(Limit, 20)) }),
        response: answers(Type.Record(Type.String(), Type.Array(RunBrief)), { fedora: [briefOf(RUN)] }),
      },
    },
    async (request) => {
      const { ids, limit = 20 } = request.query
      const found = await Promise.all(
        readIds(ids).map(async (id) => {
          const project = await store.findProject(id)
          if (project === null) return null
          return [id, (await store.listRuns({ key: project.key, limit })).map(briefOf)] as const
        }),
      )
      // A project that was removed since the page was drawn has no entry.
      return Object.fromEntries(found.filter((entry) => entry !== null))
    },
  )
}

function readIds(text: string): string[] {
  const ids = [...new Set(text.split(','))]
  if (ids.length <= MOST_PROJECTS && ids.every((id) => NAME.test(id))) return ids
  throw atField(new InvalidInput(`ids: give ${IDS}, as in debian,fedora`), 'ids')
}
