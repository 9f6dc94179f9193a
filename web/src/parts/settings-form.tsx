// All settings of a project, with what would change before it is saved.

import { useEffect, useState } from 'preact/hooks'
import type { ProjectView } from '../../../shared/schemas/project.ts'
import { errorAt, type FormError, readErrors, summarize } from '../form-errors.ts'
import { NOTHING } from '../format.ts'
import type { Page } from '../page.ts'
import type { Texts } from '../setting-field.ts'
import { type Change, changesOf, fieldsOf, requestOf, SECTIONS, textsOf } from '../settings-fields.ts'
import { FormField } from './field.tsx'
import { Icon } from './icon.tsx'
import { ScheduleEditor, type ScheduleFields } from './schedule-editor.tsx'

export function SettingsForm({ page, project }: { page: Page; project: ProjectView }) {
  const { session, tell } = page
  const stored = (project.cron_options ?? {}) as ScheduleFields
  const [texts, setTexts] = useState<Texts>(() => textsOf(project))
  const [schedule, setSchedule] = useState(stored)
  const [errors, setErrors] = useState<readonly FormError[]>([])
  const changes = changesOf(project, texts)
  const scheduleChanges = changesOfSchedule(stored, schedule)
  const count = changes.length + scheduleChanges.length
  useEffect(() => warnBeforeLeaving(count > 0), [count > 0])
  const set = (key: string, text: string) => {
    setTexts((now) => ({ ...now, [key]: text }))
    setErrors([])
  }
  /** What was left out is not as it was typed. */
  const readAgain = async (id: string) => {
    const [saved] = await session.api.get('/list_projects', { query: { id } })
    if (saved !== undefined) setTexts(textsOf(saved))
  }
  const save = async (event: SubmitEvent) => {
    event.preventDefault()
    try {
      let { id } = project
      let notes: string[] = []
      if (changes.length > 0) {
        const answer = await session.api.post('/update_project/basic', { body: { id, ...requestOf(changes, texts) } })
        id = answer.id
        notes = answer.notes ?? []
      }
      if (scheduleChanges.length > 0) {
        await session.api.post('/update_project/schedule', { body: { id, ...schedule } })
      }
      setErrors([])
      tell([`${id}: ${count === 0 ? 'nothing to save' : 'settings saved'}`, ...notes].join('. '))
      if (id !== project.id) location.assign(`#/project/${encodeURIComponent(id)}/settings`)
      // An address of rclone names the secrets that are stored, and there may be others now.
      else if (notes.length > 0 || changes.some(({ key }) => key.startsWith('source'))) await readAgain(id)
      else setTexts((now) => ({ ...now, rsync_password: '', trigger_secret: '', ssh_key: '' }))
    } catch (problem) {
      const found = readErrors(problem)
      setErrors(found)
      document.getElementById(`field-${found[0]?.key}`)?.focus()
    }
  }
  return (
    <form class="form" onSubmit={save} aria-label="Settings" noValidate>
      <nav class="toc" aria-label="Settings">
        {[...SECTIONS.map(({ title }) => title), 'Schedule'].map((title) => (
          <a
            key={title}
            href={`#${idOf(title)}`}
            onClick={(event) => {
              event.preventDefault()
              document.getElementById(idOf(title))?.scrollIntoView()
            }}
          >
            {title}
          </a>
        ))}
      </nav>
      <div class="stack">
        {SECTIONS.map(({ title, fields }) => (
          <section class="panel" key={title} id={idOf(title)} aria-label={title}>
            <header>
              <h2>{title}</h2>
            </header>
            <div class="grid in">
              {fieldsOf(project, fields).map((field) => (
                <FormField
                  key={field.key}
                  field={field}
                  text={texts[field.key] ?? ''}
                  isSet={field.kind === 'secret' && field.read(project) !== ''}
                  error={errorAt(errors, field.key)}
                  onText={(text) => set(field.key, text)}
                />
              ))}
            </div>
          </section>
        ))}
        <section class="panel" id={idOf('Schedule')} aria-label="Schedule">
          <header>
            <h2>Schedule</h2>
          </header>
          <div class="in">
            <ScheduleEditor session={session} value={schedule} onChange={setSchedule} />
          </div>
        </section>
      </div>
      <aside class="aside panel in diff" aria-label="What would change">
        <h2>What would change</h2>
        {count === 0 && <p class="muted">Nothing yet.</p>}
        <ul>
          {[...changes, ...scheduleChanges].map((change) => (
            <ChangeLine key={change.key} change={change} />
          ))}
        </ul>
      </aside>
      <div class="savebar">
        {errors.length === 0 ? (
          <span>{count === 0 ? 'No changes' : count === 1 ? '1 change' : `${count} changes`}</span>
        ) : (
          <span role="alert" class="e">
            <Icon name="failed" />
            {summarize(errors)}
          </span>
        )}
        <div class="acts">
          <button
            type="button"
            class="b"
            onClick={() => {
              setTexts(textsOf(project))
              setSchedule(stored)
              setErrors([])
            }}
          >
            Discard
          </button>
          <button type="submit" class="b p">
            Save settings
          </button>
        </div>
      </div>
    </form>
  )
}

const idOf = (title: string) => `section-${title.toLowerCase().replaceAll(' ', '-')}`

function ChangeLine({ change: { label, before, after } }: { change: Change }) {
  return (
    <li>
      {label}
      <del>{before || NOTHING}</del>
      <ins>{after || NOTHING}</ins>
    </li>
  )
}

function changesOfSchedule(before: ScheduleFields, after: ScheduleFields): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof ScheduleFields)[]
  return names
    .filter((name) => (before[name] ?? '') !== (after[name] ?? ''))
    .map((name) => ({
      key: `schedule-${name}`,
      label: `Schedule, ${name.replaceAll('_', ' ')}`,
      before: before[name] ?? '',
      after: after[name] ?? '',
    }))
}

/** Asks before the page is left with changes that nobody has saved. */
function warnBeforeLeaving(hasChanges: boolean): (() => void) | undefined {
  if (!hasChanges) return undefined
  const ask = (event: BeforeUnloadEvent) => event.preventDefault()
  addEventListener('beforeunload', ask)
  return () => removeEventListener('beforeunload', ask)
}
