// What happens to a generation of a project that is not whole: pure.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Verify } from '../../shared/schemas/project-parts.ts'

/** The project's own word, or the default: an atomic project with a layout is held, one in place is marked. */
export function verifyOf({
  layout = 'plain',
  verify,
  publish,
}: Pick<StoredProject, 'layout' | 'verify' | 'publish'>): Verify {
  if (layout === 'plain') return 'off'
  return verify ?? (publish === 'atomic' ? 'hold' : 'warn')
}
