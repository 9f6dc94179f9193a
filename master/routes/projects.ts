// Routes of projects: add, list, update, remove.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Name, Nullable, Strict, success, Timestamp } from '../../shared/schemas/common.ts'
import { ProjectView } from '../../shared/schemas/project.ts'
import { AddProject, OptionNotes, UpdateProject } from '../../shared/schemas/project-request.ts'
import { MANAGERS } from '../../shared/schemas/roles.ts'
import { SlaveId } from '../../shared/schemas/slave.ts'
import { PROJECT } from '../openapi/examples.ts'
import { queryField, withExample } from '../openapi/with-example.ts'
import type { ProjectViews } from '../outlets/project-views.ts'
import { viewProject } from '../records/project-view.ts'
import type { ProjectService } from '../services/project-service.ts'
import { identityOf } from '../users/login.ts'
import { answers, sendList } from './answers.ts'

export interface ProjectRoutesDeps {
  projects: ProjectService
  views: ProjectViews
}

const withNotes = (notes: string[]): { notes?: string[] } => (notes.length === 0 ? {} : { notes })

export async function projectRoutes(app: Server, { projects, views }: ProjectRoutesDeps): Promise<void> {
  app.post(
    '/add_project',
    {
      config: { access: MANAGERS, onLead: 'project' },
      schema: {
        tags: ['Projects'],
        summary: 'Add a project; its schedule or /syncup/ starts the first sync',
        body: withExample(
          AddProject,
          {
            project: 'fedora',
            rsync_host: 'rsync.example.org',
            rsync_module: 'fedora-enchilada/linux',
            dest: '/data/ftp',
            publish: 'atomic',
            layout: 'rpm',
            cron_options: { hour: '*/6', minute: 30, start_date: 'tomorrow at 5pm', timezone: 'Europe/Paris' },
            rsync_options: { basic: ['--bwlimit=20m'], defaults: ['-avH'], delete: '--delete' },
          },
          {
            project: 'images',
            source: {
              kind: 'rclone',
              remote: { type: 's3', region: 'eu-west-1', access_key_id: 'AKIAEXAMPLE' },
              path: 'bucket/images',
              secrets: { secret_access_key: 'a secret' },
            },
            publish: 'atomic',
          },
        ),
        response: answers(
          Answer({ project: Name, id: Name, next_run_time: Nullable(Timestamp), notes: OptionNotes }),
          success('add_project', { project: 'fedora', id: 'fedora', next_run_time: PROJECT.next_run_time }),
        ),
      },
    },
    async (request) => {
      const { id, project, next_run_time } = await projects.add(identityOf(request), request.body)
      return success('add_project', { project, id, next_run_time, ...withNotes(projects.notesOn(request.body)) })
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
        response: answers(Answer({ id: Name, notes: OptionNotes }), success('update_project', { id: 'fedora' })),
      },
    },
    async (request) => {
      const { id } = await projects.update(identityOf(request), request.body)
      return success('update_project', { id, ...withNotes(projects.notesOn(request.body)) })
    },
  )

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
        response: answers(
          Answer({
            id: Name,
            told_later: Type.Optional(
              Type.Array(SlaveId, {
                description:
                  'The slaves that could not be told, and are told when they are back: they have the files until then; left out when there are none',
              }),
            ),
          }),
          success('remove_project', { id: 'fedora' }),
        ),
      },
    },
    async (request) => {
      const { id, purge = false } = request.body
      const later = await projects.remove(identityOf(request), id, purge)
      return success('remove_project', { id, ...(later.length === 0 ? {} : { told_later: later }) })
    },
  )
}
