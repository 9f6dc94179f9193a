// Fetches the files that a plan names, and looks whether each of them came.

import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { FillJob } from '../source-kind.ts'
import { fetchArgv, type RcloneLimits } from './argv.ts'
import { callRclone, type RcloneSurroundings } from './call-rclone.ts'
import { remotePath } from './environment.ts'
import type { Files } from './listing.ts'
import { judgeEnd, type RcloneStats } from './log-line.ts'
import { RULES } from './options.ts'
import { isSame, type Plan } from './plan.ts'
import { RcloneFailed } from './rclone-failed.ts'
import { findMissing, removeFiles, type WorkTree } from './work-tree.ts'

/** `failed` says what did not come; null when all of it did. */
export interface Fetched {
  bytes: number
  failed: RcloneFailed | null
}

/** @throws {RcloneFailed} when it was stopped, or did not start. */
export async function fetchFiles(
  job: Pick<FillJob, 'place' | 'onProgress'>,
  surroundings: RcloneSurroundings,
  limits: RcloneLimits,
  { plan, theirs, tree }: { plan: Plan; theirs: Files; tree: string },
): Promise<Fetched> {
  if (plan.fetch.length === 0) return { bytes: 0, failed: null }
  const { source } = surroundings
  const names = namesIn(job)
  await writeFile(names, plan.fetch.map((name) => `${name}\n`).join(''), { mode: 0o600 })
  let bytes = 0
  const { exitCode, complaint } = await callRclone(surroundings, {
    argv: fetchArgv(remotePath(source), limits, { names, tree, hasBuckets: RULES[source.remote].hasBuckets }),
    onStats: (stats) => {
      bytes = Math.max(bytes, stats.bytes)
      job.onProgress(progressOf(stats, plan))
    },
  })
  // It leaves out a name that is not there any more, and ends well.
  const missing = await findMissing(tree, plan.fetch, theirs)
  await removeFiles(tree, missing)
  await rm(names)
  const [first] = missing
  const why = complaint === null ? '' : `: ${complaint}`
  if (first !== undefined) {
    const what = `${missing.length} of ${plan.fetch.length} files did not come as the remote had listed them, such as ${JSON.stringify(first)}`
    return { bytes, failed: new RcloneFailed(judgeEnd(exitCode, complaint), `${what}${why}`, exitCode) }
  }
  if (exitCode === 0 && complaint === null) return { bytes, failed: null }
  const error = `rclone ended with code ${exitCode}${why}`
  return { bytes, failed: new RcloneFailed(judgeEnd(exitCode, complaint), error, exitCode) }
}

/**
 * Takes away what a fetch that was cut off may have left half done: of the names that it was to fetch, those that the remote does not have as
 * they are here.
 */
export async function dropHalfFetched(
  job: Pick<FillJob, 'place'>,
  tree: string,
  ours: WorkTree['files'],
  theirs: Files,
) {
  const names = (await readFile(namesIn(job), 'utf8').catch(() => '')).split('\n').filter(Boolean)
  const half = names.filter((name) => {
    const [here, there] = [ours.get(name), theirs.get(name)]
    return here !== undefined && (there === undefined || !isSame(here, there))
  })
  await removeFiles(tree, half)
  for (const name of half) ours.delete(name)
}

/** The file with the names of a fetch, which is there until it has ended and was looked at. */
function namesIn({ place }: Pick<FillJob, 'place'>): string {
  return path.join(place, 'names')
}

function progressOf({ bytes, transfers, speed, eta }: RcloneStats, { fetch, bytes: all }: Plan) {
  const share = all > 0 ? bytes / all : transfers / fetch.length
  return {
    percent: Math.min(100, Math.floor(share * 100)),
    bytes: Math.round(bytes),
    rate: Math.round(speed),
    eta_s: eta === null ? null : Math.round(eta),
    files_checked: transfers,
    files_total: fetch.length,
  }
}
