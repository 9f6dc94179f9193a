// Looks again at files that were written in the very second in which they were fetched. Where times are whole seconds, a file that is
// rewritten within that second has the same time, and may have the same size (git calls such files racily clean).

import { utimesSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunLog } from '../../../shared/logs/run-log.ts'
import { createLook } from '../../../shared/trees/look.ts'
import type { PathList } from '../../../shared/trees/path-list.ts'
import {
  isListAtFault,
  isSuccess,
  type PullResult,
  type TreeChange,
  type TreePull,
  type TreeSource,
} from '../../../shared/trees/source.ts'

/** The clocks of an upstream and of this node may differ by so much. */
const CLOCKS_APART_MS = 60_000
/** Then the second is over in which a file was seen to be written, whatever the time is upstream. */
const SECOND_MS = 1_000
/** A file that is written every second is looked at so often; after that, by the next run. */
const MOST_LOOKS = 3
/** So many names are kept until it is known which of them are to be looked at again. */
const MOST_NAMES = 2_000

export interface Settling {
  /** Where names may be written for the source. Absolute. */
  namesFile: string
  /** When the attempt began, in milliseconds since 1970. */
  began: number
  /** What attempts before this one have fetched since the last success, and when that was; null when there were none. */
  earlier: { since: number; names: PathList } | null
  signal: AbortSignal
  log: Pick<RunLog, 'writeLine'>
}

/** The source; a pull of it that succeeds has brought what its files held when their second was over. */
export function createSettledSource(source: TreeSource, settling: Settling): TreeSource {
  const { namesFile, began, earlier, signal, log } = settling

  const pullAndCollect = async (pull: TreePull) => {
    const collector = createCollector(pull.destination, began)
    const onChange: TreePull['onChange'] = (change) => {
      collector.add(change)
      pull.onChange?.(change)
    }
    const result = await source({ ...pull, onChange })
    return { result, names: collector.end() }
  }

  /** What attempts before this one have brought; a list names it again. */
  const findEarlier = ({ destination, list }: TreePull): PathList => {
    if (earlier === null) return new Map()
    const collector = createCollector(destination, earlier.since)
    for (const names of [earlier.names, list?.names ?? new Map()])
      for (const [name, kind] of names) collector.add({ name, kind, linkedTo: null })
    return collector.end()
  }

  const lookAgain = async (pull: TreePull, names: PathList) => {
    log.writeLine(`[${names.size} files were written a moment ago; looking at them again]`)
    await sleep(SECOND_MS, undefined, { signal }).catch(() => {})
    const { filters: _filters, hidden: _hidden, linkDest: _linkDest, ...around } = pull
    return pullAndCollect({ ...around, deletes: 'never', list: { names, file: namesFile }, contents: true })
  }

  return async (pull) => {
    if (pull.dryRun) return source(pull)
    let { result, names } = await pullAndCollect(pull)
    if (isSuccess(result.outcome)) names = new Map([...names, ...findEarlier(pull)])
    for (let look = 1; names.size > 0 && isSuccess(result.outcome); look++) {
      const again = look > MOST_LOOKS ? null : await lookAgain(pull, names)
      // What an attempt before has brought may be left out by now, and a list that names it is refused.
      if (again === null || isListAtFault(again.result)) {
        leaveToNextRun(pull.destination, names)
        break
      }
      result = withLook(result, again.result)
      names = again.names
    }
    return result
  }
}

/** Collects the files whose time is a whole second, and not long past at `since`. */
function createCollector(destination: string, since: number) {
  const racy: PathList = new Map()
  let waiting: string[] = []
  const sift = (): void => {
    const look = createLook(destination)
    for (const name of waiting) {
      const found = look.stat(name)
      if (found?.isFile() && found.mtimeMs % SECOND_MS === 0 && found.mtimeMs >= since - CLOCKS_APART_MS)
        racy.set(name, 'file')
    }
    waiting = []
  }
  return {
    add: (change: TreeChange | null): void => {
      if (change?.kind !== 'file') return
      waiting.push(change.name)
      if (waiting.length >= MOST_NAMES) sift()
    },
    end: (): PathList => {
      sift()
      return racy
    },
  }
}

/** What the second look brought was counted before: the first one brought the same files. */
function withLook(first: PullResult, again: PullResult): PullResult {
  const { outcome, exitCode, error, connectionFailed } = isSuccess(again.outcome) ? first : again
  const bytes_transferred = first.summary.bytes_transferred + again.summary.bytes_transferred
  return {
    ...first,
    ...{ outcome, exitCode, error, connectionFailed },
    summary: { ...first.summary, bytes_transferred },
    toldEverything: first.toldEverything && again.toldEverything,
  }
}

/** Gives files another time than they have upstream, so that the next run fetches them. What another tree shares stays as it is. */
function leaveToNextRun(destination: string, names: PathList): void {
  const look = createLook(destination)
  for (const name of names.keys()) {
    const found = look.stat(name)
    if (found?.nlink === 1) utimesSync(look.fileOf(name), found.atime, new Date(found.mtimeMs - SECOND_MS))
  }
}
