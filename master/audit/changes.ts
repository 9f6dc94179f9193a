// What a request has changed, field by field, without secrets: pure.

import { isDeepStrictEqual } from 'node:util'
import type { AuditChange } from '../../shared/schemas/audit.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { viewProject } from '../records/project-view.ts'

/** How much of a value is kept, and of all values of an entry together, in characters of JSON. */
const LONGEST_VALUE = 500
const LONGEST_CHANGE = 4_000

/** Where the store keeps a field of a request whose value, or a part of it, nobody is shown. */
const SECRET_PARTS: Readonly<Record<string, keyof StoredProject>> = {
  rsync_password: 'rsync_password',
  trigger_secret: 'trigger_secret',
  ssh_key: 'ssh_key',
  webhooks: 'webhooks',
  upstreams: 'upstreams',
  downstreams: 'downstreams',
  source: 'source_secrets',
}

/**
 * How the fields `names` of a project have changed. Values are those that every user is shown, so that no secret is among
 * them; a secret that has changed is `hidden`. Null for a project that was not there.
 */
export function projectChanges(
  before: StoredProject | null,
  after: StoredProject | null,
  names: readonly string[],
): AuditChange[] {
  const [old, now] = [before, after].map((one) => new Map<string, unknown>(one ? Object.entries(viewProject(one)) : []))
  return names.flatMap((field): AuditChange[] => {
    if (!isDeepStrictEqual(old?.get(field), now?.get(field)))
      return [valueChange(field, old?.get(field), now?.get(field))]
    const secret = SECRET_PARTS[field]
    if (secret === undefined || isDeepStrictEqual(before?.[secret], after?.[secret])) return []
    return [{ field, hidden: true }]
  })
}

/** A field and its values; undefined for none. */
export function valueChange(field: string, before: unknown, after: unknown): AuditChange {
  return { field, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }
}

/** Replaces long values by the beginning of their JSON text, so that no request makes an entry of any size. */
export function shorten(change: readonly AuditChange[]): AuditChange[] {
  let room = LONGEST_CHANGE
  const cut = (value: unknown): unknown => {
    const text = JSON.stringify(value)
    const most = Math.min(LONGEST_VALUE, room)
    room -= Math.min(text.length, most)
    return text.length <= most ? value : `${text.slice(0, most)}…`
  }
  return change.map(({ before, after, ...rest }) => ({
    ...rest,
    ...(before === undefined ? {} : { before: cut(before) }),
    ...(after === undefined ? {} : { after: cut(after) }),
  }))
}
