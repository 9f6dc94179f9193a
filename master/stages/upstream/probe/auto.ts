// Finds the probe for a project that leaves it to its layout, or to its source.

import type { Probe } from '../../../../shared/schemas/probe.ts'
import type { StoredProject } from '../../../../shared/schemas/project.ts'
import { realFolder } from '../../../../shared/trees/paths.ts'
import { layoutOf } from '../../../layouts/layouts.ts'
import type { Asked } from '../../../records/probe.ts'
import { filledSourceOf } from '../../../sources/sources.ts'
import { projectFolder } from '../../master-trees.ts'
import { createTreeFiles } from '../../verify/tree-files.ts'
import type { UpstreamDeps } from '../attempt.ts'

/**
 * The file that changes whenever anything else does, of those that the layout knows: the first one that the served tree
 * has. Before the first sync the first that the layout would look for. Null when there is none. A source other than rsync knows
 * itself.
 */
export async function findProbe(deps: UpstreamDeps, project: StoredProject): Promise<Asked | null> {
  const filled = filledSourceOf(project)
  if (filled !== null) return filled.probe === undefined ? null : 'source'
  if (project.probe !== 'auto') return null
  const { record } = await deps.trees.open(project)
  const candidates = layoutOf(project).probes(record.judged?.roots ?? [])
  if (project.generation === 0) return asProbe(candidates[0])
  const served = createTreeFiles([await realFolder(projectFolder(deps.settings.DEST_ROOT, project))])
  return asProbe(candidates.find((name) => served.find(name) !== null))
}

const asProbe = (file: string | undefined): Probe | null => (file === undefined ? null : { file })
