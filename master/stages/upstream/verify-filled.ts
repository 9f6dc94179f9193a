// Checks an idle tree that was filled, before it becomes a generation; what is repaired in it is written down first.

import { findDifferences } from '../../../shared/trees/differences.ts'
import type { FilledTree } from '../../../shared/trees/fill-idle.ts'
import { type PathList, parentOf, readList, uniteLists, writeList } from '../../../shared/trees/path-list.ts'
import type { ProjectTree } from '../../../shared/trees/project-tree.ts'
import type { Slot } from '../../../shared/trees/tree-record.ts'
import { settleFolders, type VerifiedTree, verifyGeneration } from '../verify/verify-generation.ts'
import type { Attempt, UpstreamDeps } from './attempt.ts'

/** What is repaired in the idle tree differs from the served one from then on; the list of that is on disk before. */
export async function verifyFilled(
  deps: UpstreamDeps,
  attempt: Attempt,
  { tree, live }: { tree: ProjectTree; live: Slot },
  filled: FilledTree,
): Promise<VerifiedTree | null> {
  const verified = await verifyGeneration(deps, attempt, {
    tree,
    folders: [filled.folder],
    before: { folder: filled.liveFolder, tag: tree.held(live)?.tag ?? null },
    changes: filled.differences,
    onTouch: async (names) => {
      const known = await readList(tree.differenceFile)
      const touched: PathList = new Map(names.map((name) => [name, 'file']))
      if (known !== null) await writeList(tree.differenceFile, uniteLists(known, touched))
    },
  })
  if (verified !== null) await settleFolders(attempt, tree, filled.folder, parentsOf(verified.touched))
  return verified
}

/** How the trees differ when what was repaired is counted in. */
export async function differencesAfter(filled: FilledTree, verified: VerifiedTree | null): Promise<PathList | null> {
  const { differences } = filled
  if (differences === null || verified === null || verified.touched.size === 0) return differences
  const kept = new Map([...differences].filter(([name]) => !verified.touched.has(name)))
  const names = [...parentsOf(verified.touched), ...verified.touched]
  return new Map([...kept, ...(await findDifferences(filled, names))])
}

/** Folders change their times with their content. */
export function parentsOf(names: ReadonlySet<string>): Set<string> {
  return new Set([...names].map(parentOf))
}
