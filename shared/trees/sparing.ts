// A source that is taken not to have some names, which stay as they are at the destination.

import { literalPattern } from './glob.ts'
import { foldersOf } from './path-list.ts'
import type { PullResult, TreePull, TreeSource } from './source.ts'

/** `names` are files, as in path lists. A list never has them, but the root in it brings what else is in the root. */
export function sparing(source: TreeSource, names: readonly string[]): TreeSource {
  if (names.length === 0) return source
  const spared = names.map((name) => `/${literalPattern(Buffer.from(name, 'latin1').toString())}`)
  const folders = foldersOf(names)
  return (pull) => {
    const around = { ...pull, spared: [...(pull.spared ?? []), ...spared] }
    return pull.list === undefined ? walk(source, around, folders) : source(around)
  }
}

/** Told of a dry run, rsync takes folders for gone in which only spared files are left (3.5.0, --delete-after). */
async function walk(source: TreeSource, pull: TreePull, folders: ReadonlySet<string>): Promise<PullResult> {
  let ignored = 0
  const result = await source({
    ...pull,
    onChange: (change) => {
      if (change?.kind === 'gone' && folders.has(change.name)) ignored += 1
      else pull.onChange?.(change)
    },
  })
  const { summary } = result
  return { ...result, summary: { ...summary, deleted: Math.max(0, summary.deleted - ignored) } }
}
