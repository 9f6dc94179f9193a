// Routes of projects: add, list, update, enable, disable, remove, and a look at what a schedule would do.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Name, Nullable, Strict, success, Timestamp } from '../../shared/schemas/common.ts'
import { AddProject, ProjectView, UpdateProject } from '../../shared/schemas/project.ts'
import { FieldTexts, scheduleProperties } from '../../shared/schemas/schedule.ts'
import type { ProjectViews } from '../outlets/project-views.ts'
import { viewProject } from '../records/project-view.ts'
import type { ProjectService } from '../services/project-service.ts'
import { previewSchedule } from '../services/schedule-preview.ts'
import { identityOf } from '../users/login.ts'
import { MANAGERS } from '../users/roles.ts'
import { answers, sendList } from './answers.ts'

export interface ProjectRoutesDeps {
  projects: ProjectService
  views: ProjectViews
  now: () => number
}

const ById = Strict({ id: Name })
const UpdateSchedule = Strict({ id: Name, ...scheduleProperties })
const PreviewSchedule = Strict({
  ...scheduleProperties,
  now: Type.Optional(Timestamp),
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'a whole number from 1 to 100' })),
})

export async function projectRoutes(app: Server, { projects, views, now }: ProjectRoutesDeps): Promise<void> {
  app.post(
    '/add_project',
    {
      config: { access: MANAGERS, onLead: 'project' },
      schema: {
        body: AddProject,
        response: answers(Answer({ project: Name, id: Name, next_run_time: Nullable(Timestamp) })),
      },
    },
    async (request) => {
      const { id, project, next_run_time } = await projects.add(identityOf(request), request.body)
      return success('add_project', { project, id, next_run_time })
    },
  )

  app.get(
    '/list_projects',
    {
      config: { access: 'any' },
      schema: { querystring: Strict({ id: Type.Optional(Name) }), response: answers(Type.Array(ProjectView)) },
    },
    async (request, reply) => {
      if (request.query.id !== undefined) return [viewProject(await projects.find(request.query.id))]
      return sendList(request, reply, await views.list())
    },
  )

  app.post(
    '/update_project/basic',
    {
      config: { access: MANAGERS, onLead: 'project', answersAs: 'update_project' },
      schema: { body: UpdateProject, response: answers(Answer({ id: Name })) },
    },
    async (request) => {
      const { id } = await projects.update(identityOf(request), request.body)
      return success('update_project', { id })
    },
  )

  app.post(
    '/update_project/schedule',
    {
      config: { access: MANAGERS, answersAs: 'update_project' },
      schema: { body: UpdateSchedule, response: answers(Answer({ id: Name, next_run_time: Nullable(Timestamp) })) },
    },
    async (request) => {
      const { id: wanted, ...schedule } = request.body
      const { id, next_run_time } = await projects.updateSchedule(identityOf(request), wanted, schedule)
      return success('update_project', { id, next_run_time })
    },
  )

  for (const [method, enabled] of [['enable_project', true] as const, ['disable_project', false] as const]) {
    app.route({
      method: ['GET', 'POST'],
      url: `/${method}`,
      config: { access: MANAGERS, changesState: true },
      schema: { querystring: ById, response: answers(Answer({ id: Name, enabled: Type.Boolean() })) },
      handler: async (request) => {
        const project = await projects.setEnabled(identityOf(request), request.query.id, enabled)
        return success(method, { id: project.id, enabled: project.enabled })
      },
    })
  }

  app.post(
    '/remove_project',
    {
      config: { access: MANAGERS, onLead: 'project' },
      schema: {
        body: Strict({ id: Name, purge: Type.Optional(Type.Boolean({ description: 'true to remove the files too' })) }),
        response: answers(Answer({ id: Name })),
      },
    },
    async (request) => {
      const { id, purge = false } = request.body
      await projects.remove(identityOf(request), id, purge)
      return success('remove_project', { id })
    },
  )

  app.post(
    '/preview_schedule',
    {
      config: { access: 'any' },
      schema: {
        body: PreviewSchedule,
        response: answers(Answer({ fields: FieldTexts, fires: Type.Array(Timestamp) })),
      },
    },
    async (request) => {
      const { now: from, count = 5, ...schedule } = request.body
      return success(
        'preview_schedule',
        previewSchedule(schedule, from === undefined ? now() : Date.parse(from), count),
      )
    },
  )
}
