// Edits a schedule, and shows its next fire times while the user types.

import { useEffect, useState } from 'preact/hooks'
import { SCHEDULE_FIELDS, type ScheduleField } from '../../../shared/schemas/schedule-fields.ts'
import { showAgo } from '../../../shared/words.ts'
import type { Session } from '../session.ts'

export type ScheduleFields = Partial<Record<ScheduleField, string>>

const TYPING_MS = 250

export function ScheduleEditor({
  session,
  value,
  onChange,
}: {
  session: Session
  value: ScheduleFields
  onChange: (value: ScheduleFields) => void
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
    const { [field]: _before, ...others } = value
    onChange(entered === '' ? others : { ...others, [field]: entered })
  }
  return (
    <fieldset class="schedule">
      <legend>Schedule (the fields of APScheduler; weekday 0 is Monday)</legend>
      {SCHEDULE_FIELDS.map((field) => (
        <label key={field}>
          {field.replaceAll('_', ' ')}
          <input
            name={`schedule-${field}`}
            value={value[field] ?? ''}
            onInput={(event) => set(field, event.currentTarget.value)}
          />
        </label>
      ))}
      <output aria-live="polite">
        {preview.error !== '' && <span class="state bad">✗ {preview.error}</span>}
        {preview.error === '' && preview.fires.length === 0 && 'No schedule: the project is synced only on request.'}
        {preview.fires.length > 0 &&
          `Next: ${preview.fires.map((fire) => `${fire.slice(0, 16).replace('T', ' ')} UTC (${showAgo(fire)})`).join(', ')}`}
      </output>
    </fieldset>
  )
}
