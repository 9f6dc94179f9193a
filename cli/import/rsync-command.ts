// Reads a command of rsync as a project: where from, where to, and how. Pure.

import { keepOptions } from './keep-options.ts'
import { namesPassword, readUpstream, withoutPassword } from './parts.ts'
import type { Around, FoundProject, Remark } from './plan.ts'

/** `words` are those after `rsync`. @throws {Error} with the reason why it cannot be a project. */
export function readRsyncCommand(
  words: readonly string[],
  readFile: Around['readFile'],
): { project: FoundProject; remarks: Remark[] } {
  const kept = keepOptions(words, readFile)
  const [from, destination, more] = kept.places
  if (from === undefined || destination === undefined || more !== undefined)
    throw new Error('it does not have exactly one source and one destination')
  const upstream = readUpstream(from.replace(/(?<=\/)\.$/, ''))
  const folder = isContents(from) ? destination : `${destination}/${upstream.rsync_module.split('/').at(-1)}`
  const name = folder.split('/').filter(Boolean).at(-1) ?? ''
  return {
    project: {
      name,
      from: withoutPassword(from),
      folder,
      hasPassword: kept.hasPassword || namesPassword(from),
      fields: {
        ...upstream,
        ...(kept.port === null || upstream.rsync_port !== undefined ? {} : { rsync_port: kept.port }),
        ...kept.fields,
        rsync_options: kept.rsync_options,
      },
    },
    remarks: kept.remarks,
  }
}

/** A source without a slash at its end is a folder below the destination, but for a whole module (rsync(1), USAGE). */
function isContents(from: string): boolean {
  const path = from.replace(/^rsync:\/\/[^/]*\//, '').replace(/^[^/]*::/, '')
  return !path.includes('/') || /(\/|\/\.)$/.test(path)
}
