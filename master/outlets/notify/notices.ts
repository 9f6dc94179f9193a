// Decides what people are told, and puts what has one cause into one message. Pure.

import type { Run } from '../../../shared/schemas/run.ts'
import type { Message } from './channel.ts'

export type NoticeKind =
  | 'failed'
  | 'blocked'
  | 'held'
  | 'partial'
  | 'stale'
  | 'expiring'
  | 'slave down'
  | 'slave refuses'
  | 'disk low'
  | 'certificate expiring'
  | 'recovered'

/** `about` is a project, a slave or a folder; `group` what those with one cause share, such as the host of their upstream. */
export interface Notice {
  kind: NoticeKind
  about: string
  group: string
  cause: string
}

/** The worst first, as messages list them. */
const KINDS: readonly NoticeKind[] = [
  'disk low',
  'certificate expiring',
  'slave down',
  'slave refuses',
  'failed',
  'blocked',
  'held',
  'partial',
  'stale',
  'expiring',
  'recovered',
]
const NAMED = 10

/** What the end of a run is to people; null for one that went well or was stopped by somebody. */
export function kindOf({ state, error }: Pick<Run, 'state' | 'error'>): NoticeKind | null {
  if (state === 'blocked') return error?.code === 'UPSTREAM_NOT_WHOLE' ? 'held' : 'blocked'
  if (state === 'partial' || state === 'failed') return state
  return state === 'interrupted' ? 'failed' : null
}

/** One message for all of them. `site` says which master tells. `notices` are at least one. */
export function writeMessage(notices: readonly Notice[], site: string): Message {
  const ordered = [...groupBy(notices).values()].sort(
    (one, other) => rankOf(one) - rankOf(other) || other.length - one.length,
  )
  const [first = []] = ordered
  const more = ordered.length > 1 ? `, and ${ordered.length - 1} more` : ''
  return {
    subject: `${site}: ${headline(first)}${more}`,
    text: ordered.map((group) => `${headline(group)}\n${detail(group)}`).join('\n\n'),
  }
}

function keyOf({ kind, group }: Notice): string {
  return `${kind}\n${group}`
}

function groupBy(notices: readonly Notice[]): Map<string, Notice[]> {
  const groups = new Map<string, Notice[]>()
  for (const notice of notices) groups.set(keyOf(notice), [...(groups.get(keyOf(notice)) ?? []), notice])
  return groups
}

function rankOf([first]: readonly Notice[]): number {
  return first === undefined ? KINDS.length : KINDS.indexOf(first.kind)
}

/** `debian: failed`; `40 projects of rsync.example.org: failed`. */
function headline(group: readonly Notice[]): string {
  const [first] = group
  if (first === undefined) return ''
  if (group.length === 1) return `${first.about}: ${first.kind}`
  return `${group.length} projects of ${first.group}: ${first.kind}`
}

/** The names, and each cause once. */
function detail(group: readonly Notice[]): string {
  const names = group.map(({ about }) => about)
  const named =
    names.length > NAMED ? `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more` : names.join(', ')
  const causes = [...new Set(group.map(({ cause }) => cause))].slice(0, NAMED)
  return [...(group.length > 1 ? [named] : []), ...causes].join('\n')
}
