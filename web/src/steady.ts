// Keeps the order of a list while somebody points at it, so that nothing moves under the pointer.

import { useRef } from 'preact/hooks'
import type { Item, Line } from './fleet-order.ts'

/** What an item is known by while the list changes. */
export const keyOf = (item: Item) => ('head' in item ? `head ${item.head}` : item.line.project.id)

/** The items in the order of `before` as far as they are there still; new ones come at the end: pure. */
export function keepOrder(before: readonly Item[], now: readonly Item[]): Item[] {
  const newest = new Map(now.map((item) => [keyOf(item), item]))
  const kept = before.flatMap((item): Item[] => {
    const found = newest.get(keyOf(item))
    newest.delete(keyOf(item))
    if (found !== undefined) return [found]
    // A head stays in place even when its last project has left the group.
    return 'head' in item ? [{ ...item, count: 0 }] : []
  })
  const added = [...newest.values()].filter((item): item is { line: Line } => 'line' in item)
  return [...kept, ...added]
}

/** The items, in their order of before for as long as `held` is true. */
export function useSteadyOrder(now: readonly Item[], held: boolean, reason: string): readonly Item[] {
  const last = useRef<{ items: readonly Item[]; reason: string }>({ items: now, reason })
  const keep = held && last.current.reason === reason
  const items = keep ? keepOrder(last.current.items, now) : now
  last.current = { items, reason }
  return items
}
