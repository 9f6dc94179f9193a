// Decides how a tree is brought to a generation: by the names that changed, or by comparing all of it. Pure.

import { checkOptions } from '../../shared/rsync/options.ts'
import type { SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { RsyncOptions } from '../../shared/schemas/project.ts'
import type { Anchor, TreeRecord } from '../../shared/trees/tree-record.ts'

const DAY_MS = 86_400_000

/** Options that look at more than one name at a time, or decide on names by what only a walk over the tree can tell. */
const WALKING_OPTIONS = [
  '--iconv=',
  '--prune-empty-dirs',
  '--one-file-system',
  '--ignore-missing-args',
  '--existing',
  '--ignore-existing',
]
const WALKING_LETTERS = ['m', 'x']

export interface SyncPlan {
  method: 'normal' | 'slow'
  /** Compare all of it afterwards, to prove that nothing drifted. */
  verifies: boolean
}

/** `anchor` is what the slave itself knows that it has; `now` is in milliseconds. */
export function planSync(
  message: SyncFromMaster,
  anchor: Anchor | null,
  record: TreeRecord,
  every: { syncs: number; days: number },
  now: number,
): SyncPlan {
  const agreed =
    anchor !== null &&
    message.anchor !== null &&
    message.changes !== null &&
    anchor.generation === message.anchor.generation &&
    anchor.tag === message.anchor.tag
  const sameOptions = record.options === describeOptions(message.rsync_options)
  if (!agreed || !sameOptions || message.checksum || !allowsNormalSync(message.rsync_options))
    return { method: 'slow', verifies: false }
  const lastCheck = record.checked_at === null ? Number.NEGATIVE_INFINITY : Date.parse(record.checked_at)
  return {
    method: 'normal',
    verifies: record.normal_syncs + 1 >= every.syncs || now - lastCheck > every.days * DAY_MS,
  }
}

/** True when what a list of changed names brings is all that a walk would. */
export function allowsNormalSync(options: RsyncOptions): boolean {
  const { words, deletes, maxDelete } = checkOptions(options)
  if (deletes === 'excluded' || maxDelete !== null) return false
  return !words.some(
    (word) =>
      WALKING_OPTIONS.some((option) => word.startsWith(option)) ||
      (/^-[^-]/.test(word) && WALKING_LETTERS.some((letter) => word.includes(letter))),
  )
}

/** Two trees that were made with other options may differ in more than what changed. */
export function describeOptions(options: RsyncOptions): string {
  const { words, deletes } = checkOptions(options)
  return [...words, deletes].join(' ')
}
