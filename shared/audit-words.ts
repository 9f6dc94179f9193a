// Entries of the audit list in words: pure, for the command line and the dashboard.

import type { AuditChange, AuditEntry } from './schemas/audit.ts'
import { showState } from './words.ts'

/** What was done: `update project`, `sync project`. */
export function showAction({ method }: Pick<AuditEntry, 'method'>): string {
  return showState(method).replace('-', ' ').replace('syncup', 'sync')
}

/** What each field became: `delete_guard_percent: 50 → 20`, `cron_options.minute: 0 → 5`, `rsync_password: changed`. */
export function showChange(change: readonly AuditChange[]): string[] {
  return change.flatMap(({ field, before, after, hidden }) => {
    if (hidden) return [`${field}: changed`]
    if (before === undefined) return [`${field}: ${showValue(after)}`]
    if (!isRecord(before) || !isRecord(after)) return [`${field}: ${showValue(before)} → ${showValue(after)}`]
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((key) => showValue(before[key]) !== showValue(after[key]))
      .map((key) => `${field}.${key}: ${showValue(before[key])} → ${showValue(after[key])}`)
  })
}

function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  if (Array.isArray(value)) return `[${value.map(showValue).join(', ')}]`
  if (isRecord(value))
    return `{${Object.entries(value)
      .map(([key, inner]) => `${key}: ${showValue(inner)}`)
      .join(', ')}}`
  return value === '' ? '""' : String(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
