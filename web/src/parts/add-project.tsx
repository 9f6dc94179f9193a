// The form that adds a project: paste an address, and the rest fills itself in.

import { useState } from 'preact/hooks'
import { readOptionText } from '../../../shared/rsync/option-text.ts'
import { readUpstreamAddress, suggestName } from '../../../shared/rsync/upstream-address.ts'
import { errorAt, type FormError, readErrors, summarize } from '../form-errors.ts'
import type { Page } from '../page.ts'
import type { NamedField, Texts } from '../setting-field.ts'
import { FIELDS } from '../settings-fields.ts'
import { FormField } from './field.tsx'
import { Icon } from './icon.tsx'
import { ScheduleEditor, type ScheduleFields } from './schedule-editor.tsx'

/** The texts that are asked for at first; everything else can be set later. */
const ASKED = [
  'rsync_host',
  'rsync_port',
  'rsync_module',
  'rsync_user',
  'rsync_password',
  'project',
  'dest',
  'probe',
  'layout',
  'publish',
  'defaults',
]
const SHOWN: readonly NamedField[] = ASKED.flatMap((key) => FIELDS.filter((field) => field.key === key)).map((field) =>
  field.key === 'project' ? { ...field, hint: 'The name of its folder' } : field,
)
const EMPTY: Texts = { layout: 'plain', publish: 'in_place' }

export function AddProject({ page, done }: { page: Page; done: () => void }) {
  const [address, setAddress] = useState('')
  const [texts, setTexts] = useState(EMPTY)
  const [schedule, setSchedule] = useState<ScheduleFields>({})
  const [errors, setErrors] = useState<readonly FormError[]>([])
  const paste = (text: string) => {
    setAddress(text)
    const found = readUpstreamAddress(text)
    if (found === null) return
    const { rsync_host, rsync_module, rsync_port = '', rsync_user = '' } = found
    const project = suggestName(found)
    setTexts((now) => ({ ...now, rsync_host, rsync_module, rsync_port: `${rsync_port}`, rsync_user, project }))
  }
  const set = (key: string, text: string) => {
    setTexts((now) => ({ ...now, [key]: text }))
    setErrors([])
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const given = SHOWN.filter(({ key }) => (texts[key] ?? '') !== '')
    const parts = given.map(({ key, write }) =>
      key === 'defaults' ? { rsync_options: readOptionText(texts.defaults ?? '') } : write(texts[key] ?? '', texts),
    )
    const body = Object.assign({}, ...parts, Object.keys(schedule).length > 0 ? { cron_options: schedule } : {})
    try {
      const { id, notes = [] } = await page.session.api.post('/add_project', { body })
      page.tell([`Added ${id}`, ...notes].join('. '), `#/project/${encodeURIComponent(id)}`)
      done()
    } catch (problem) {
      const found = readErrors(problem)
      setErrors(found)
      document.getElementById(`field-${found[0]?.key}`)?.focus()
    }
  }
  return (
    <form class="panel" onSubmit={submit} aria-label="Add a project">
      <header>
        <h2>Add a project</h2>
      </header>
      <div class="grid in">
        <div class="f c12">
          <label for="address">Address</label>
          <input
            id="address"
            value={address}
            autocomplete="off"
            placeholder="rsync://host/module/path"
            onInput={(event) => paste(event.currentTarget.value)}
          />
          <span class="h">Paste an rsync address; it fills in the fields below. A password is never part of it.</span>
        </div>
        {SHOWN.map((field) => (
          <FormField
            key={field.key}
            field={field}
            text={texts[field.key] ?? ''}
            error={errorAt(errors, field.key)}
            onText={(text) => set(field.key, text)}
          />
        ))}
        <div class="c12">
          <ScheduleEditor session={page.session} value={schedule} onChange={setSchedule} />
        </div>
      </div>
      <div class="bar">
        {errors.length > 0 && (
          <span role="alert" class="e">
            <Icon name="failed" />
            {summarize(errors)}
          </span>
        )}
        <div class="acts">
          <button type="button" class="b" onClick={done}>
            Cancel
          </button>
          <button type="submit" class="b p">
            Add
          </button>
        </div>
      </div>
    </form>
  )
}
