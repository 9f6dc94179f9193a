// Routes of schedules: replace, turn on, turn off, and preview one.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Name, Nullable, Strict, success, Timestamp } from '../../shared/schemas/common.ts'
import { MANAGERS } from '../../shared/schemas/roles.ts'
import { FieldTexts, scheduleProperties } from '../../shared/schemas/schedule.ts'
import { PROJECT, SCHEDULE } from '../openapi/examples.ts'
import { queryField, withExample } from '../openapi/with-example.ts'
import type { ProjectService } from '../services/project-service.ts'
import { previewSchedule } from '../services/schedule-preview.ts'
import { identityOf } from '../users/login.ts'
import { answers } from './answers.ts'

export interface ScheduleRoutesDeps {
  projects: ProjectService
  now: () => number
}

const UpdateSchedule = Strict({ id: Name, ...scheduleProperties })
const PreviewSchedule = Strict({
  ...scheduleProperties,
  now: Type.Optional(Timestamp),
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'a whole number from 1 to 100' })),
})

export async function scheduleRoutes(app: Server, { projects, now }: ScheduleRoutesDeps): Promise<void> {
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
