// What an entry of the audit list changed, in the words of the forms: pure.

import { showChange } from '../../shared/audit-words.ts'
import type { AuditChange } from '../../shared/schemas/audit.ts'
import { formatTime } from './format.ts'
import { FIELDS } from './settings-fields.ts'

const ISO_TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g

/** `Delete guard (%): 50 → 20`, `schedule, minute: 0 → 5`: a line for each field. */
export function changeLines(change: readonly AuditChange[]): string[] {
  return showChange(change).map((line) => {
    const end = line.indexOf(': ')
    return nameOf(line.slice(0, end)) + line.slice(end).replaceAll(ISO_TIME, formatTime)
  })
}

/** What the settings call a field of the API; several of them may make up one. */
function nameOf(field: string): string {
  const [name = '', ...parts] = field.split('.')
  const fields = FIELDS.filter((one) => one.name === name)
  const label = fields.length === 1 ? fields[0]?.label : undefined
  const words = label ?? (name === 'cron_options' ? 'schedule' : name.replaceAll('_', ' '))
  return [words, ...parts.map((part) => part.replaceAll('_', ' '))].join(', ')
}
