import { describe, expect, it } from 'vitest'
import { viewProject } from '../../../master/records/project-view.ts'
import { readSchedule } from '../../../master/schedule/fire-times.ts'
import { ProjectView } from '../../../shared/schemas/project.ts'
import { project } from '../../helpers/stored.ts'

describe('a project as it is shown', () => {
  it('has the fields of its schema, and no other', () => {
    expect(Object.keys(viewProject(project('debian'))).sort()).toEqual(Object.keys(ProjectView.properties).sort())
  })

  it('tells whether there is a password, and never which; webhooks stay secret, too', () => {
    const webhooks = ['https://hooks.example.org/secret-path']
    const view = viewProject(project('debian', { webhooks, trigger_secret: 'trigger secret' }))
    expect(view).toMatchObject({ has_password: true, has_trigger_secret: true })
    expect(JSON.stringify(view)).not.toMatch(/secret-path|upstream secret|trigger secret/)
    expect(viewProject(project('debian')).has_trigger_secret).toBe(false)
    expect(viewProject(project('debian', { rsync_password: null })).has_password).toBe(false)
  })

  it('tells which generation is published, without its tag', () => {
    expect(viewProject(project('debian')).published_generation).toBeNull()
    const published = { generation: 7, tag: '7'.repeat(16), sequence: 3 }
    const view = viewProject(project('debian', { generation: 8, tag: '8'.repeat(16), published }))
    expect(view).toMatchObject({ generation: 8, published_generation: 7 })
    expect(JSON.stringify(view)).not.toMatch(/7{16}|8{16}/)
  })

  it('has its schedule with every field as it is meant', () => {
    expect(viewProject(project('debian')).cron_options).toBeNull()
    const schedule = readSchedule({ hour: '06', minute: 7 }, 0)
    expect(viewProject(project('debian', { cron_options: schedule })).cron_options).toEqual({
      year: '*',
      month: '*',
      day: '*',
      week: '*',
      day_of_week: '*',
      hour: '6',
      minute: '7',
      second: '0',
    })
  })
})
