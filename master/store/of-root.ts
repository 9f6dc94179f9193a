// Whose addresses a project has: those of a root may lead anywhere, those of other users to public addresses only.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Store } from './store.ts'

/** True for a project of a root, except one that a root took over from a removed user and has not changed since. */
export async function isOfRoot(
  store: Pick<Store, 'findUser'>,
  { owner, public_only = false }: Pick<StoredProject, 'owner' | 'public_only'>,
): Promise<boolean> {
  return !public_only && (await store.findUser(owner))?.role === 'root'
}
