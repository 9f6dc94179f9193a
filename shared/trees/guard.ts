// The delete guard: how many entries of a tree may go at once, whatever filled it. Pure.

/** What guards a tree. */
export interface Guard {
  /** The share of the tree that may go, in percent; 0 allows everything but the whole tree. */
  percent: number
  /** The project's own `--max-delete`; null when it has none. */
  maxDelete: number | null
  /** So many may go at once whatever their share; missing for none. */
  few?: number
  /** Let everything through, this once. */
  force: boolean
  /** Where the tree comes from, for a message. */
  from: 'upstream' | 'master'
}

/** Why nothing is deleted. */
export interface Refusal {
  code: 'DELETE_GUARD' | 'TREE_MISSING'
  message: string
}

const WHERE = { upstream: 'upstream', master: 'on the master' } as const
const ADVICE = {
  upstream:
    'nothing was deleted and no slave was told. Look at the upstream; if the files are to go, sync once with force.',
  master:
    "nothing was deleted here. Look at the project's folder on the master; if the files are to go, sync once with force.",
} as const

/** What is wanted of a tree. */
export interface Wanted {
  /** How many entries the tree has, its root counted too, as rsync counts. */
  had: number
  deletions: number
  /** How many entries at the source are not folders; null when that is not known. */
  sourceFiles: number | null
}

export function judgeDeletes({ had, deletions, sourceFiles }: Wanted, guard: Guard): Refusal | null {
  if (guard.force) return null
  const [where, advice] = [WHERE[guard.from], ADVICE[guard.from]]
  // The root, and more than one file.
  if (sourceFiles === 0 && had > 2 && deletions > 0) {
    const message = `All files are gone ${where}, of ${had - 1}; ${advice}`
    return { code: 'TREE_MISSING', message }
  }
  const { limit, says } = limitOf(had, guard)
  if (deletions <= limit) return null
  const message = `${deletions} files are gone ${where}, more than ${says} allow; ${advice}`
  return { code: 'DELETE_GUARD', message }
}

function limitOf(had: number, { percent, maxDelete, few = 0 }: Guard): { limit: number; says: string } {
  const share = percent === 0 ? Number.POSITIVE_INFINITY : Math.max(few, Math.floor((had * percent) / 100))
  if (maxDelete !== null && maxDelete < share)
    return { limit: maxDelete, says: `the project's own --max-delete=${maxDelete}` }
  return { limit: share, says: `${percent} % of the ${had} files that the project had` }
}

/**
 * How many entries a tree had before it was looked over: all of the source's, and those that are gone, less those that
 * are new.
 */
export function entriesBefore(looked: { total_files: number; added: number }, gone: number): number {
  return Math.max(0, looked.total_files - looked.added + gone)
}
