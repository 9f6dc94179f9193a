// Fetches the files that a plan names, and looks whether each of them came.

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { FillJob } from '../source-kind.ts'
import { fetchArgv, type RcloneLimits } from './argv.ts'
import { callRclone, type RcloneSurroundings } from './call-rclone.ts'
import { remotePath } from './environment.ts'
import type { Files } from './listing.ts'
import { judgeEnd, type RcloneStats } from './log-line.ts'
import { RULES } from './options.ts'
import type { Plan } from './plan.ts'
import { RcloneFailed } from './rclone-failed.ts'
import { findMissing } from './work-tree.ts'

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
  const names = path.join(job.place, 'names')
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
