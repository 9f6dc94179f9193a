// Where a project's tree comes from, as people read it.

import { showRclone } from './rclone-address.ts'
import { showUpstream } from './rsync/show-upstream.ts'
import type { Source } from './schemas/source.ts'
import { sourceOf } from './source-of.ts'

/** An address without its log-in, or what else names the source. */
export function showSource(project: Parameters<typeof showUpstream>[0] & { source?: Source | undefined }): string {
  const source = sourceOf(project)
  switch (source.kind) {
    case 'rsync':
      return showUpstream(project)
    case 'git':
      return source.url
    case 'rclone':
      return showRclone(source)
    case 'command':
      return source.upstream ?? `command ${source.command}`
    case 'folder':
      return 'folder on the master'
  }
}
