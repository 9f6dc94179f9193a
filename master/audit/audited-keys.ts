// Which projects are meant by an id in the audit list: pure.

import type { StoredProject } from '../../shared/schemas/project.ts'

/**
 * The keys of the projects that `id` stands for: the one that has it now, and those that had it and are gone. A project that
 * has another name now is meant only while nobody else has this one. `had` are the keys of all that ever had it.
 */
export function keysOf(
  id: string,
  projects: readonly Pick<StoredProject, 'id' | 'key'>[],
  had: readonly string[],
): string[] {
  const now = projects.find((project) => project.id === id)
  if (now === undefined) return [...had]
  const others = new Set(projects.map(({ key }) => key))
  return [now.key, ...had.filter((key) => !others.has(key))]
}
