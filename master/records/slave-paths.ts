// By which slaves a slave gets what it serves: pure.

import type { StoredSlave } from '../../shared/schemas/slave.ts'

type Linked = Pick<StoredSlave, 'id' | 'upstream'>

/** A slave and all that lie between it and the master, by id; of a circle, each once. */
export function pathToMaster(slave: Linked, slaves: readonly Linked[]): string[] {
  const path: string[] = []
  for (let next: Linked | undefined = slave; next !== undefined && !path.includes(next.id); ) {
    path.push(next.id)
    const { upstream }: Linked = next
    next = slaves.find((one) => one.id === upstream)
  }
  return path
}

/** True where the way up leads into a circle: two masters may have been told its halves at the same time. */
export function leadsInCircles(slave: Linked, slaves: readonly Linked[]): boolean {
  const top = pathToMaster(slave, slaves).at(-1)
  const above = slaves.find(({ id }) => id === top)?.upstream ?? null
  return slaves.some(({ id }) => id === above)
}
