// The form that adds a project.

import { useState } from 'preact/hooks'
import { ApiError } from '../../../shared/api/errors.ts'
import { readProbe } from '../../../shared/probe-text.ts'
import type { Page } from '../page.ts'
import { ScheduleEditor, type ScheduleFields } from './schedule-editor.tsx'
import { LAYOUTS } from './settings-form.tsx'

const FIELDS = [
  ['project', 'Name', true],
  ['rsync_host', 'Upstream host', true],
  ['rsync_port', 'Port', false],
  ['rsync_module', 'Module', true],
  ['rsync_user', 'User', false],
  ['rsync_password', 'Password', false],
  ['dest', 'Folder on the master', true],
  ['probe', 'Probe: a file of the module, or an address', false],
] as const

export function AddProject({ page, done }: { page: Page; done: () => void }) {
  const [schedule, setSchedule] = useState<ScheduleFields>({})
  const [error, setError] = useState<{ text: string; field: string | undefined } | null>(null)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const given = [...form].filter(([name, value]) => value !== '' && !name.startsWith('schedule-'))
    const { rsync_port: port, options, probe, ...fields } = Object.fromEntries(given) as Record<string, string>
    const body = {
      ...fields,
      ...(port === undefined ? {} : { rsync_port: Number(port) }),
      ...(probe === undefined ? {} : { probe: readProbe(probe) }),
      ...(options === undefined ? {} : { rsync_options: { defaults: options.split(/\s+/).filter(Boolean) } }),
      ...(Object.keys(schedule).length > 0 ? { cron_options: schedule } : {}),
    }
    try {
      const { id } = await page.session.api.post('/add_project', { body: body as never })
      page.tell(`Added ${id}`)
      done()
    } catch (problem) {
      setError({
        text: String(Object(problem).message),
        field: problem instanceof ApiError ? problem.field : undefined,
      })
    }
  }
  return (
    <form class="card" onSubmit={submit} aria-label="Add a project">
      {FIELDS.map(([name, label, required]) => (
        <label key={name}>
          {label}
          <input
            name={name}
            required={required}
            type={(name === 'rsync_password' ? 'password' : 'text') as 'text'}
            autocomplete="off"
            aria-invalid={error?.field?.split('.')[0] === name}
          />
        </label>
      ))}
      <label>
        Publish
        <select name="publish">
          <option value="in_place">in place</option>
          <option value="atomic">atomic: in one step, with rollback</option>
        </select>
      </label>
      <label>
        Layout
        <select name="layout">
          {LAYOUTS.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
      <label>
        rsync options
        <input
          name="options"
          placeholder="-avH"
          autocomplete="off"
          aria-invalid={error?.field?.startsWith('rsync_options')}
        />
      </label>
      <ScheduleEditor session={page.session} value={schedule} onChange={setSchedule} />
      {error !== null && (
        <p role="alert" class="state bad">
          ✗ {error.text}
        </p>
      )}
      <div class="actions">
        <button type="button" onClick={done}>
          Cancel
        </button>
        <button type="submit" class="primary">
          Add
        </button>
      </div>
    </form>
  )
}
