// Decides how a tree is brought to a generation: by the names that changed, or by comparing all of it. Pure.

import { checkOptions } from '../../shared/rsync/options.ts'
import type { SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { RsyncOptions } from '../../shared/schemas/project-parts.ts'
import type { Anchor, Expected, TreeRecord } from '../../shared/trees/tree-record.ts'

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

/** What is known when an order comes. */
export interface Situation {
  order: SyncFromMaster
  /** The generation that this slave itself knows that it serves. */
  anchor: Anchor | null
  /** True when this slave holds the wanted generation already. */
  isReady: boolean
  record: TreeRecord
  /** After so many normal syncs, or days, everything is compared. */
  every: { syncs: number; days: number }
  /** In milliseconds since 1970. */
  now: number
}

/**
 * What is to be done: nothing, a normal sync by the names that changed, or a slow one that compares everything. With
 * `verifies` everything is compared after a normal sync, to prove that nothing drifted.
 */
export type SyncPlan = { kind: 'nothing' } | { kind: 'normal'; verifies: boolean } | { kind: 'slow' }

export function planSync({ order, anchor, isReady, record, every, now }: Situation): SyncPlan {
  if (isReady && !order.checksum) return { kind: 'nothing' }
  const isAgreed = anchor !== null && anchor.generation === order.anchor?.generation && anchor.tag === order.anchor.tag
  const hasSameOptions = record.options === describeOptions(order.rsync_options)
  const allowsList = order.changes !== null && !order.checksum && allowsNormalSync(order.rsync_options)
  if (!isAgreed || !hasSameOptions || !allowsList) return { kind: 'slow' }
  const lastCheck = record.checked_at === null ? Number.NEGATIVE_INFINITY : Date.parse(record.checked_at)
  const verifies = record.normal_syncs + 1 >= every.syncs || now - lastCheck > every.days * DAY_MS
  return { kind: 'normal', verifies }
}

/** What a sync that succeeded leaves in the tree's record. `now` is in milliseconds since 1970. */
export function recordSync(
  record: Pick<TreeRecord, 'normal_syncs'>,
  order: Pick<SyncFromMaster, 'rsync_options'>,
  { method, drift }: { method: 'normal' | 'slow'; drift: number | null },
  now: number,
): Partial<TreeRecord> {
  const wasChecked = method === 'slow' || drift !== null
  return {
    options: describeOptions(order.rsync_options),
    normal_syncs: wasChecked ? 0 : record.normal_syncs + 1,
    ...(wasChecked ? { checked_at: new Date(now).toISOString() } : {}),
    ...(drift === null ? {} : { drift }),
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

/** What an order says that the fleet serves; null for an atomic project of which nothing is published yet. */
export function expectedBy({ publish, published, generation, tag, epoch }: SyncFromMaster): Expected | null {
  const served = publish === 'in_place' ? { generation, tag, sequence: generation } : published
  return served === null ? null : { ...served, ...(epoch === undefined ? {} : { epoch }) }
}
