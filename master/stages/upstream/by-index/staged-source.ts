// Fills a tree from what a run by index has gathered, on this node; what it has not gathered comes from the upstream.

import { fanOutOptions } from '../../../../shared/rsync/fan-out-options.ts'
import { createRsyncSource } from '../../../../shared/rsync/pull.ts'
import { createLook } from '../../../../shared/trees/look.ts'
import type { PathList } from '../../../../shared/trees/path-list.ts'
import { pullRoot } from '../../../../shared/trees/pull-listed.ts'
import { addResults } from '../../../../shared/trees/pull-passes.ts'
import { isSuccess, nothingToPull, type PullResult, type TreeSource } from '../../../../shared/trees/source.ts'
import type { Attempt, UpstreamDeps } from '../attempt.ts'
import { rsyncToolsOf } from '../source.ts'
import type { Staged } from './stage.ts'

/** Its files are linked, not copied: the gathered folder goes afterwards. Takes pulls of lists alone. */
export function createStagedSource(deps: UpstreamDeps, attempt: Attempt, { folder, changes }: Staged): TreeSource {
  const { project, signal, log, onProgress } = attempt
  const local = createRsyncSource(rsyncToolsOf(deps), {
    // The options have done their work on the way here.
    options: fanOutOptions(project.rsync_options),
    checksum: false,
    signal,
    log,
    onProgress,
    source: { local: folder },
    password: null,
    trusted: true,
    toleratedCodes: [],
    exactTimes: true,
    keepsNanoseconds: true,
  })
  /** The way from one folder to another is no traffic. */
  const gathered: TreeSource = async (pull) => {
    const result = await local(pull)
    return { ...result, summary: { ...result.summary, bytes_transferred: 0 } }
  }
  return async ({ list, ...given }) => {
    if (list === undefined) return attempt.source(given)
    const around = { ...given, keepPartials: false }
    const [here, there] = splitGathered(list.names, folder)
    const steps: (() => Promise<PullResult>)[] = [
      ...(here.size === 0 ? [] : [() => gathered({ ...around, linkDest: folder, list: { ...list, names: here } })]),
      ...(there.size === 0 ? [] : [() => attempt.source({ ...around, list: { ...list, names: there } })]),
      ...(list.names.has('.') ? [() => pullRoot(changes.has('.') ? gathered : attempt.source, list.file, around)] : []),
    ]
    let all = nothingToPull()
    for (const step of steps) {
      if (!isSuccess(all.outcome)) return all
      all = addResults(all, await step())
    }
    return all
  }
}

function splitGathered(names: PathList, folder: string): [here: PathList, there: PathList] {
  const look = createLook(folder)
  const [here, there]: [PathList, PathList] = [new Map(), new Map()]
  for (const [name, kind] of names) {
    if (name === '.') continue
    if (look.kindOf(name) === kind) here.set(name, kind)
    else there.set(name, kind)
  }
  return [here, there]
}
