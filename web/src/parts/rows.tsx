// A table body that draws only the visible rows, so that thousands cost no more than a screenful.

import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { topsOf, windowOf } from '../row-window.ts'

interface Props<T> {
  items: readonly T[]
  /** The height that the styles give to an item, in pixels. */
  heightOf: (item: T) => number
  columns: number
  draw: (item: T, index: number) => ComponentChildren
}

export function Rows<T>({ items, heightOf, columns, draw }: Props<T>) {
  const [body, setBody] = useState<HTMLElement | null>(null)
  const [scrolled, setScrolled] = useState(0)
  useEffect(() => {
    const look = () => setScrolled(Math.max(0, -(body?.getBoundingClientRect().top ?? 0)))
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look)
    look()
    return () => {
      removeEventListener('scroll', look)
      removeEventListener('resize', look)
    }
  }, [body])
  const tops = useMemo(() => topsOf(items.map(heightOf)), [items, heightOf])
  const [first, last] = windowOf(tops, scrolled, innerHeight)
  const space = (height: number) =>
    height > 0 && (
      <tr class="space">
        <td colSpan={columns} style={{ height: `${height}px` }} />
      </tr>
    )
  return (
    <tbody ref={setBody}>
      {space(tops[first] ?? 0)}
      {items.slice(first, last).map((item, index) => draw(item, first + index))}
      {space((tops.at(-1) ?? 0) - (tops[last] ?? 0))}
    </tbody>
  )
}
