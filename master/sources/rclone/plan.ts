// What a sync with a remote would change: which files are fetched, which go, and whether so many may. Pure.

import type { FillRefusal } from '../source-kind.ts'
import type { FileFacts, Files } from './listing.ts'
import { foldersOf } from './names.ts'

export interface Plan {
  fetch: string[]
  /** What the remote has no more. */
  gone: string[]
  /** Of these, what lies where something else comes. */
  inTheWay: string[]
  /** Of these, those that have no new name: same size, same time. */
  lost: number
  /** To fetch, as far as the remote says. */
  bytes: number
}

const SECOND = 1_000_000_000n

/**
 * `theirs` is what the remote says, `ours` a file here. Without a size or a time, the other one decides; without both, it is another.
 * `full`: their sums decide too, and what has none is another.
 */
export function isSame(ours: FileFacts, theirs: FileFacts, full = false): boolean {
  if (full && (theirs.sum === undefined || theirs.sum !== ours.sum)) return false
  if (theirs.size === null && theirs.time === null) return false
  if (theirs.size !== null && theirs.size !== ours.size) return false
  return theirs.time === null || isSameTime(ours.time ?? 0n, theirs.time)
}

/** A remote may give a file a coarser time than its list has, and so may the disk. */
function isSameTime(ours: bigint, theirs: bigint): boolean {
  return ours === theirs || (ours % SECOND === 0n && ours / SECOND === theirs / SECOND)
}

export function planSync(ours: Files, theirs: Files, full = false): Plan {
  const wanted = [...theirs].filter(([name, facts]) => {
    const have = ours.get(name)
    // The very same facts are of a file that could not be looked at.
    return have === undefined || (have !== facts && !isSame(have, facts, full))
  })
  const fetch = wanted.map(([name]) => name).sort()
  const gone = [...ours.keys()].filter((name) => !theirs.has(name)).sort()
  const files = new Set(fetch)
  const folders = new Set(fetch.flatMap(foldersOf))
  return {
    fetch,
    gone,
    inTheWay: gone.filter((name) => folders.has(name) || foldersOf(name).some((folder) => files.has(folder))),
    lost: countLost(ours, theirs, gone),
    bytes: wanted.reduce((sum, [, { size }]) => sum + (size ?? 0), 0),
  }
}

/** The same where a part of the remote was not seen: nothing goes, and nothing comes where something lies. */
export function withoutDeletes(plan: Plan, ours: Files): Plan {
  const folders = new Set([...ours.keys()].flatMap(foldersOf))
  const fetch = plan.fetch.filter((name) => !folders.has(name) && !foldersOf(name).some((folder) => ours.has(folder)))
  return { ...plan, fetch, gone: [], inTheWay: [], lost: 0 }
}

/** A file that has another name now is not lost. */
function countLost(ours: Files, theirs: Files, gone: readonly string[]): number {
  const news = new Map<string, number>()
  for (const [name, facts] of theirs) if (!ours.has(name)) news.set(keyOf(facts), (news.get(keyOf(facts)) ?? 0) + 1)
  return gone.filter((name) => {
    const facts = ours.get(name)
    const key = facts === undefined ? '' : keyOf(facts)
    const left = news.get(key) ?? 0
    news.set(key, left - 1)
    return left <= 0
  }).length
}

function keyOf({ size, time }: FileFacts): string {
  return size === null || time === null ? '?' : `${size} ${time / SECOND}`
}

const ADVICE = 'nothing was fetched. Look at the upstream; if the files are to go, sync once with force.'

/** A page that was emptied and a bucket that is not the right one list nothing, and say that all is well: so it is judged before. */
export function judgePlan(
  { had, found, lost }: { had: number; found: number; lost: number },
  percent: number,
  force: boolean,
): FillRefusal | null {
  if (had === 0 && found === 0) {
    const message =
      'The remote has no files there. Look at source.path and the address; when there is something, the next run mirrors it.'
    return { code: 'UPSTREAM_EMPTY', message }
  }
  if (force) return null
  if (found === 0 && had > 1) return { code: 'TREE_MISSING', message: `All ${had} files are gone upstream; ${ADVICE}` }
  if (percent === 0 || lost <= Math.floor((had * percent) / 100)) return null
  const message = `${lost} files are gone upstream, more than ${percent} % of the ${had} that the tree had allow; ${ADVICE}`
  return { code: 'DELETE_GUARD', message }
}
