// Routes of projects: add, list, update, enable, disable, remove, and a look at what a schedule would do.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Name, Nullable, Strict, success, Timestamp } from '../../shared/schemas/common.ts'
import { ProjectView } from '../../shared/schemas/project.ts'
import { AddProject, UpdateProject } from '../../shared/schemas/project-request.ts'
import { FieldTexts, scheduleProperties } from '../../shared/schemas/schedule.ts'
import { PROJECT, SCHEDULE } from '../openapi/examples.ts'
import { queryField, withExample } from '../openapi/with-example.ts'
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
        tags: ['Projects'],
        summary: 'Add a project; its schedule or /syncup/ starts the first sync',
        body: withExample(AddProject, {
          project: 'fedora',
          rsync_host: 'rsync.example.org',
          rsync_module: 'fedora-enchilada/linux',
          dest: '/data/ftp',
          publish: 'atomic',
          stages: 'rpm',
          cron_options: { hour: '*/6', minute: 30, start_date: 'tomorrow at 5pm', timezone: 'Europe/Paris' },
          rsync_options: { basic: ['--bwlimit=20m'], defaults: ['-avH'], delete: '--delete' },
        }),
        response: answers(
          Answer({ project: Name, id: Name, next_run_time: Nullable(Timestamp) }),
          success('add_project', { project: 'fedora', id: 'fedora', next_run_time: PROJECT.next_run_time }),
        ),
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
      schema: {
        tags: ['Projects'],
        summary: 'List all projects, or one',
        querystring: Strict({ id: Type.Optional(queryField(Name, 'fedora')) }),
        response: answers(Type.Array(ProjectView), [PROJECT]),
      },
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
      schema: {
        tags: ['Projects'],
        summary: 'Change any setting except the schedule; a new name or dest moves the files',
        body: withExample(UpdateProject, { id: 'fedora', delete_guard_percent: 20 }),
        response: answers(Answer({ id: Name }), success('update_project', { id: 'fedora' })),
      },
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
      schema: {
        tags: ['Projects'],
        summary: 'Replace the whole schedule; an id alone removes it',
        body: withExample(UpdateSchedule, { id: 'fedora', minute: '*/5' }),
        response: answers(
          Answer({ id: Name, next_run_time: Nullable(Timestamp) }),
          success('update_project', { id: 'fedora', next_run_time: PROJECT.next_run_time }),
        ),
      },
    },
    async (request) => {
      const { id: wanted, ...schedule } = request.body
      const { id, next_run_time } = await projects.updateSchedule(identityOf(request), wanted, schedule)
      return success('update_project', { id, next_run_time })
    },
  )

  for (const { method, enabled, summary } of [
    { method: 'enable_project', enabled: true, summary: 'Turn the schedule on' },
    { method: 'disable_project', enabled: false, summary: 'Turn the schedule off; an explicit sync still works' },
  ]) {
    app.route({
      method: ['GET', 'POST'],
      url: `/${method}`,
      config: { access: MANAGERS, changesState: true },
      schema: {
        tags: ['Projects'],
        summary,
        querystring: Strict({ id: queryField(Name, 'fedora') }),
        response: answers(Answer({ id: Name, enabled: Type.Boolean() }), success(method, { id: 'fedora', enabled })),
      },
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
        tags: ['Projects'],
        summary: 'Remove a project; its files stay unless purge is true',
        body: withExample(
          Strict({ id: Name, purge: Type.Optional(Type.Boolean({ description: 'true to remove the files too' })) }),
          { id: 'fedora', purge: false },
        ),
        response: answers(Answer({ id: Name }), success('remove_project', { id: 'fedora' })),
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
        tags: ['Projects'],
        summary: 'Show when a schedule would fire; nothing is stored',
        body: withExample(PreviewSchedule, { hour: '*/6', minute: 30, count: 2, now: '2026-11-24T00:00:00Z' }),
        response: answers(
          Answer({ fields: FieldTexts, fires: Type.Array(Timestamp) }),
          success('preview_schedule', {
            fields: SCHEDULE,
            fires: ['2026-11-24T00:30:00.000Z', '2026-11-24T06:30:00.000Z'],
          }),
        ),
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
