// What tells a slave's job from all others: a master that was restored gives out the ids of its runs again.

import type { SyncFromMaster } from '../../shared/schemas/messages.ts'

/** A safe file name. Orders from masters of before protocol 3 have no epoch. */
export function jobIdOf({ run, epoch, tag }: Pick<SyncFromMaster, 'run' | 'epoch' | 'tag'>): string {
  return `${run}.${epoch ?? 0}.${tag}`
}
