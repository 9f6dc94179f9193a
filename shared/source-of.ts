// The source of a project. Apart from its schema, which a page need not load.

import type { Source } from './schemas/source.ts'

/** rsync where the project has none. */
export function sourceOf({ source }: { source?: Source | undefined }): Source {
  return source ?? { kind: 'rsync' }
}
