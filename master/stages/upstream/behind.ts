// Finds out whether an upstream is behind what is served, before anything of it is taken over.

import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { showSource } from '../../../shared/show-source.ts'
import type { PathList } from '../../../shared/trees/path-list.ts'
import { realFolder } from '../../../shared/trees/paths.ts'
import { isSuccess } from '../../../shared/trees/source.ts'
import { layoutOf } from '../../layouts/layouts.ts'
import { showName } from '../../layouts/names.ts'
import { projectFolder } from '../master-trees.ts'
import { openReaders } from '../verify/readers.ts'
import { createTreeFiles } from '../verify/tree-files.ts'
import type { AttemptRequest, UpstreamDeps } from './attempt.ts'
import { pullFromUpstream } from './source.ts'

/** Asking for more of them costs more than it tells: archives move all of their suites at once. */
const MOST_ROOTS = 16

/**
 * Why an upstream must not be used: a root of it is older than the one that is served. Null when none is, when nothing is
 * served, or when the roots that the last check of the tree found have no times. `project` is as this upstream has it.
 *
 * A root that does not come says nothing here; the pull itself will say why.
 */
export async function whyBehind(deps: UpstreamDeps, attempt: AttemptRequest): Promise<string | null> {
  const { project, log } = attempt
  const tree = await deps.trees.open(project)
  const ids = (tree.record.judged?.roots ?? []).slice(0, MOST_ROOTS)
  if (project.generation === 0 || ids.length === 0) return null
  const readers = await openReaders(deps, attempt, tree)
  // The check of the tree says what is wrong with the keyring.
  if ('fault' in readers) return null
  const served = await realFolder(projectFolder(deps.settings.DEST_ROOT, project))
  const layout = layoutOf(project)
  const folder = path.join(tree.workFolder, 'behind')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    log.writeLine('[is the upstream behind what is served?]')
    const before = createTreeFiles([served])
    const names: PathList = new Map(
      ids.flatMap((id) => layout.filesOfRoot(id)).flatMap((name) => before.wayTo(name).map((one) => [one, 'file'])),
    )
    const list = { names, file: tree.namesFile }
    const source = pullFromUpstream(deps, attempt)
    const pulled = await source({
      name: 'roots',
      destination: folder,
      deletes: 'never',
      keepPartials: false,
      workFolder: tree.workFolder,
      list,
    })
    if (!isSuccess(pulled.outcome)) return null
    const now = createTreeFiles([folder])
    for (const id of ids) {
      const [ours, theirs] = await Promise.all(
        [before, now].map((files) => layout.readRoot(id, readers.unchecked(files))),
      )
      if (ours?.time == null || theirs?.time == null || theirs.time >= ours.time) continue
      const [their, our] = [theirs.time, ours.time].map((time) => new Date(time).toISOString())
      return `${showSource(project)} is behind: its ${showName(id)} is of ${their}, and ${our} is served`
    }
    return null
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
