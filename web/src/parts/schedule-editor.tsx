// Edits a schedule: presets, a cron line, and the fields of APScheduler. Shows the next times in the reader's zone and in UTC.

import { useEffect, useState } from 'preact/hooks'
import { showCronLine } from '../../../shared/cron/show-cron-line.ts'
import { SCHEDULE_FIELDS, type ScheduleField } from '../../../shared/schemas/schedule-fields.ts'
import { formatNext, formatTime } from '../format.ts'
import type { Session } from '../session.ts'
import { CronLine } from './cron-line.tsx'
import { Icon } from './icon.tsx'

export type ScheduleFields = Partial<Record<ScheduleField, string>>

const TYPING_MS = 250
const PRESETS: readonly (readonly [string, ScheduleFields])[] = [
  ['Every hour', { minute: '7' }],
  ['4 times a day', { hour: '*/6', minute: '7' }],
  ['Twice a day', { hour: '*/12', minute: '7' }],
  ['Nightly', { hour: '3', minute: '7' }],
  ['By hand only', {}],
]

export function ScheduleEditor({
  session,
  value,
  onChange,
}: {
  session: Session
  value: ScheduleFields
  /** Gets how the fields change, as two may change between two paintings. */
  onChange: (change: (now: ScheduleFields) => ScheduleFields) => void
}) {
  const [preview, setPreview] = useState<{ fires: readonly string[]; error: string }>({ fires: [], error: '' })
  const text = JSON.stringify(value)
  useEffect(() => {
    const fields: ScheduleFields = JSON.parse(text)
    if (Object.keys(fields).length === 0) return setPreview({ fires: [], error: '' })
    const timer = setTimeout(() => {
      session.api.post('/preview_schedule', { body: fields }).then(
        ({ fires }) => setPreview({ fires, error: '' }),
        (error: Error) => setPreview({ fires: [], error: error.message }),
      )
    }, TYPING_MS)
    return () => clearTimeout(timer)
  }, [text, session])
  const set = (field: keyof ScheduleFields, entered: string) => {
    onChange(({ [field]: _before, ...others }) => (entered === '' ? others : { ...others, [field]: entered }))
  }
  return (
    <fieldset class="stack">
      <legend class="vh">Schedule</legend>
      <div class="seg">
        {PRESETS.map(([label, fields]) => (
          <button
            type="button"
            key={label}
            aria-pressed={JSON.stringify(fields) === text}
            onClick={() => onChange(() => fields)}
          >
            {label}
          </button>
        ))}
      </div>
      <CronLine value={value} onChange={onChange} />
      <details open={Object.keys(value).length > 0 && showCronLine(value) === null}>
        <summary>Fields of the schedule</summary>
        <div class="grid">
          {SCHEDULE_FIELDS.map((field) => (
            <div class="f c3" key={field}>
              <label for={`schedule-${field}`}>{field.replaceAll('_', ' ')}</label>
              <input
                id={`schedule-${field}`}
                name={`schedule-${field}`}
                value={value[field] ?? ''}
                autocomplete="off"
                onInput={(event) => set(field, event.currentTarget.value)}
              />
              {field === 'day_of_week' && <span class="h">mon to sun; 0 is Monday</span>}
            </div>
          ))}
        </div>
      </details>
      <output aria-live="polite">
        {preview.error !== '' && (
          <span class="e">
            <Icon name="failed" />
            {preview.error}
          </span>
        )}
        {preview.error === '' && preview.fires.length === 0 && 'No schedule: the project is synced only by hand.'}
        {preview.fires.length > 0 && (
          <>
            Next times
            <ul class="times">
              {preview.fires.map((fire) => (
                <li key={fire}>
                  <span>{formatTime(fire)}</span>
                  <span class="muted">{fire.slice(11, 16)} UTC</span>
                  <span>{formatNext(fire)}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </output>
    </fieldset>
  )
}
