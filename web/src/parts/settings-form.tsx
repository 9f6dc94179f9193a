// The settings of a project: its upstream, its rsync options and its schedule.

import { useState } from 'preact/hooks'
import { readProbe, showProbe } from '../../../shared/probe-text.ts'
import type { ProjectView } from '../../../shared/schemas/project.ts'
import { showState } from '../../../shared/words.ts'
import type { Page } from '../page.ts'
import { ScheduleEditor, type ScheduleFields } from './schedule-editor.tsx'

export const LAYOUTS = ['plain', 'debian', 'rpm', 'arch', 'alpine', 'fedora', 'checksums'] as const

/** Only what was changed: a layout that is given anew sets the stages. */
function layoutOf(form: FormData, project: ProjectView) {
  const [layout, verify] = [form.get('layout') as ProjectView['layout'], form.get('verify') as ProjectView['verify']]
  return {
    ...(layout === project.layout ? {} : { layout }),
    ...(verify === project.verify ? {} : { verify }),
    verify_keyring: String(form.get('verify_keyring')) || null,
  }
}

export function SettingsForm({ page, project }: { page: Page; project: ProjectView }) {
  const { session, tell } = page
  const [schedule, setSchedule] = useState<ScheduleFields>((project.cron_options ?? {}) as ScheduleFields)
  const [error, setError] = useState('')
  const save = (request: Promise<unknown>, what: string) =>
    request.then(
      () => {
        setError('')
        tell(`${project.id}: ${what} saved`)
      },
      (problem: Error) => setError(problem.message),
    )
  const saveBasics = (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const words = (name: string) => String(form.get(name)).split(/\s+/).filter(Boolean)
    const guard = String(form.get('guard'))
    const secret = String(form.get('trigger_secret'))
    const body = {
      id: project.id,
      rsync_host: String(form.get('rsync_host')),
      rsync_module: String(form.get('rsync_module')),
      publish: form.get('publish') as 'atomic',
      ...layoutOf(form, project),
      delete_guard_percent: guard === '' ? null : Number(guard),
      tolerated_exit_codes: words('tolerated').map(Number) as 23[],
      ...(secret === '' ? {} : { trigger_secret: secret }),
      probe: readProbe(String(form.get('probe'))),
      rsync_options: { basic: words('basic'), defaults: words('defaults'), delete: String(form.get('delete')) },
    }
    void save(session.api.post('/update_project/basic', { body }), 'settings')
  }
  const saveSchedule = (event: SubmitEvent) => {
    event.preventDefault()
    const body = { id: project.id, ...schedule }
    void save(session.api.post('/update_project/schedule', { body }), 'schedule')
  }
  const { rsync_options: options } = project
  const choice = (name: string, label: string, values: readonly string[], value: string) => (
    <label>
      {label}
      {/* Preact ignores a select's defaultValue. */}
      <select name={name}>
        {values.map((one) => (
          <option key={one} value={one} selected={one === value}>
            {showState(one)}
          </option>
        ))}
      </select>
    </label>
  )
  const field = (name: string, label: string, value: string) => (
    <label>
      {label}
      <input name={name} defaultValue={value} autocomplete="off" />
    </label>
  )
  return (
    <details class="card">
      <summary>Settings</summary>
      <form onSubmit={saveBasics} aria-label="Settings">
        {field('rsync_host', 'Upstream host', project.rsync_host)}
        {field('rsync_module', 'Module', project.rsync_module)}
        {field('defaults', 'rsync options', options.defaults.join(' '))}
        {field('basic', 'more rsync options', options.basic.join(' '))}
        {field('delete', 'delete option', options.delete)}
        {field('guard', 'delete guard (%)', String(project.delete_guard_percent ?? ''))}
        {field('tolerated', 'tolerated exit codes', (project.tolerated_exit_codes ?? []).join(' '))}
        {field('probe', 'probe (file or address)', showProbe(project.probe))}
        <label>
          trigger secret{project.has_trigger_secret && ' (there is one; empty keeps it)'}
          <input name="trigger_secret" type="password" autocomplete="new-password" />
        </label>
        {choice('publish', 'Publish', ['in_place', 'atomic'], project.publish)}
        {choice('layout', 'Layout', LAYOUTS, project.layout)}
        {choice('verify', 'When the upstream is not whole', ['off', 'warn', 'hold'], project.verify)}
        {field('verify_keyring', 'keyring for its signatures', project.verify_keyring ?? '')}
        <button type="submit" class="primary">
          Save settings
        </button>
      </form>
      <form onSubmit={saveSchedule} aria-label="Schedule">
        <ScheduleEditor session={session} value={schedule} onChange={setSchedule} />
        <button type="submit" class="primary">
          Save schedule
        </button>
      </form>
      {error !== '' && (
        <p role="alert" class="state bad">
          ✗ {error}
        </p>
      )}
    </details>
  )
}
