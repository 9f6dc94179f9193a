// Lists a remote completely, or says that it could not.

import { listArgv, lookArgv, type RcloneLimits } from './argv.ts'
import { callRclone, type RcloneSurroundings } from './call-rclone.ts'
import { remotePath } from './environment.ts'
import { createListingReader, type Files, type Listing } from './listing.ts'
import { judgeEnd } from './log-line.ts'
import { RULES } from './options.ts'
import { RcloneFailed } from './rclone-failed.ts'

export interface RemoteSeen {
  files: Files
  /** Names that the remote shows, and of which it says nothing when asked. */
  unreadable: readonly string[]
  odd: Listing['odd']
  /** Why a part was not seen; null when all of it was. Then what is not listed is not gone. */
  failed: RcloneFailed | null
}

/** A server may make up names without end, and each takes memory. */
const MOST_FILES = 2_000_000

type OneList = Listing & { failed: RcloneFailed | null }

/**
 * rclone leaves out a file of a web server that answers with an error when it is looked at, and says nothing of it. So what the pages
 * name is read by itself.
 *
 * @throws {RcloneFailed} when it was stopped, or did not start.
 */
export async function lookAtRemote(
  surroundings: RcloneSurroundings,
  limits: RcloneLimits,
  sums: boolean,
): Promise<RemoteSeen> {
  const { source } = surroundings
  const remote = remotePath(source)
  const { hasBuckets } = RULES[source.remote]
  const list = (more: Parameters<typeof listArgv>[2]) =>
    readList(surroundings, listArgv(remote, limits, { hasBuckets, ...more }))
  if (source.remote !== 'http') return { ...(await list({ sums })), unreadable: [] }
  const names = await list({ names: true })
  if (names.failed !== null && names.files.size === 0) return { ...names, unreadable: [] }
  const seen = await list({})
  const unreadable = [...names.files.keys()].filter((name) => !seen.files.has(name) && !seen.odd.has(name))
  return { ...seen, failed: names.failed ?? seen.failed, unreadable }
}

async function readList(surroundings: RcloneSurroundings, argv: readonly string[]): Promise<OneList> {
  const reader = createListingReader()
  const tooMany = new AbortController()
  const signal = AbortSignal.any([surroundings.around.signal, tooMany.signal])
  const around = { ...surroundings.around, signal }
  const onLine = (line: string) => {
    if (tooMany.signal.aborted) return
    reader.read(line)
    if (reader.count() > MOST_FILES) tooMany.abort()
  }
  const { exitCode, complaint } = await callRclone({ ...surroundings, around }, { argv, onLine }).catch((error) => {
    if (surroundings.around.signal.aborted || !tooMany.signal.aborted) throw error
    throw new RcloneFailed(
      'permanent',
      `The remote has more than ${MOST_FILES} files; give a part of it by source.path.`,
      null,
    )
  })
  const listing = reader.end()
  if (exitCode === 0 && complaint === null && listing.ended) return { ...listing, failed: null }
  const why = complaint ?? (exitCode === 0 ? 'its list breaks off' : `rclone ended with code ${exitCode}`)
  const failed = new RcloneFailed(judgeEnd(exitCode, complaint), `The remote could not be listed: ${why}`, exitCode)
  return { ...listing, failed }
}

/** What lies at the top. @throws {RcloneFailed} when it cannot be read. */
export async function listTop(
  surroundings: RcloneSurroundings,
  limits: RcloneLimits,
): Promise<{ name: string; kind: 'file' | 'folder' }[]> {
  const entries: { name: string; kind: 'file' | 'folder' }[] = []
  const { exitCode, complaint } = await callRclone(surroundings, {
    argv: lookArgv(remotePath(surroundings.source), limits),
    onLine: (line) => {
      const [, name] = /"Name":("(?:[^"\\]|\\.)*")/.exec(line) ?? []
      if (name !== undefined)
        entries.push({ name: String(JSON.parse(name)), kind: line.includes('"IsDir":true') ? 'folder' : 'file' })
    },
  })
  if (exitCode === 0 && complaint === null) return entries.sort((one, other) => (one.name < other.name ? -1 : 1))
  throw new RcloneFailed(judgeEnd(exitCode, complaint), complaint ?? `rclone ended with code ${exitCode}`, exitCode)
}
