// All kinds of source by name: the one place that knows which there are.

import type { StoredProject } from '../../shared/schemas/project.ts'
import { sourceOf } from '../../shared/source-of.ts'
import { commandSource } from './command/command.ts'
import { folderSource } from './folder/folder.ts'
import { gitSource } from './git/git.ts'
import { rcloneSource } from './rclone/rclone.ts'
import type { FilledSource } from './source-kind.ts'

/** The source of a project; null for rsync, which pulls straight into the project's tree. */
export function filledSourceOf(project: Pick<StoredProject, 'source'>): FilledSource | null {
  const source = sourceOf(project)
  switch (source.kind) {
    case 'rsync':
      return null
    case 'git':
      return gitSource(source)
    case 'rclone':
      return rcloneSource(source)
    case 'command':
      return commandSource(source)
    case 'folder':
      return folderSource()
  }
}

/** Attempts against the same host take turns. */
export function hostOf(project: Pick<StoredProject, 'source' | 'rsync_host' | 'key'>): string {
  const source = filledSourceOf(project)
  if (source === null) return project.rsync_host.toLowerCase()
  // Sources without a host do not wait for each other.
  return source.host === '' ? `${project.key} itself` : source.host
}
