// The generations of a project as a list: pure.

import type { GenerationView } from '../../shared/schemas/generation.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { Anchor } from '../../shared/trees/tree-record.ts'
import { targetOf } from './generations.ts'

/**
 * What is held, then what the master holds whole, newest first. `kept` are the generations in its trees; `runs` the project's
 * runs, newest first: they know when a generation was published, and how large it was.
 */
export function generationViews(
  project: StoredProject,
  kept: readonly Anchor[],
  runs: readonly Run[],
): GenerationView[] {
  const served = targetOf(project)
  const anchors = new Map([...kept, ...(served === null ? [] : [served])].map((anchor) => [anchor.tag, anchor]))
  const newestFirst = [...anchors.values()].sort((a, b) => b.generation - a.generation)
  const views = newestFirst.map(({ generation, tag }): GenerationView => {
    const state = tag === served?.tag ? 'published' : 'kept'
    return { generation, tag, ...sizeOf(project, runs, { generation, tag }), state }
  })
  const held = project.held ?? null
  if (held === null) return views
  const summary = runs.find(({ run }) => run === held.run)?.upstream.summary
  const [total_files, total_size] = [summary?.total_files ?? null, summary?.total_size ?? null]
  return [{ generation: null, tag: null, published_at: null, total_files, total_size, state: 'held' }, ...views]
}

/** The run that made the generation is the oldest that brought it and reached the upstream. */
function sizeOf({ tag, total_files, total_size }: StoredProject, runs: readonly Run[], of: Anchor) {
  const made = runs.findLast(({ generation, upstream, dry_run }) => {
    return generation === of.generation && upstream.state === 'succeeded' && !dry_run
  })
  const summary = made?.upstream.summary
  const isNewest = tag === of.tag
  return {
    published_at: made !== undefined && PUBLISHED.includes(made.state) ? made.finished_at : null,
    total_files: isNewest ? total_files : (summary?.total_files ?? null),
    total_size: isNewest ? total_size : (summary?.total_size ?? null),
  }
}

const PUBLISHED: readonly Run['state'][] = ['succeeded', 'partial']
