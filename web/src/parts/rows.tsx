// A table body that draws only the visible rows, so that thousands cost no more than a screenful. All rows have one height.

import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'

interface Props<T> {
  items: readonly T[]
  rowHeight: number
  columns: number
  draw: (item: T, index: number) => ComponentChildren
}

const SPARE_ROWS = 10

/** The rows that are visible on a page of this height, scrolled this far: pure. */
export function windowOf(count: number, rowHeight: number, scrolled: number, height: number): [number, number] {
  const first = Math.max(0, Math.floor(scrolled / rowHeight) - SPARE_ROWS)
  return [Math.min(first, count), Math.min(count, first + Math.ceil(height / rowHeight) + 2 * SPARE_ROWS)]
}

export function Rows<T>({ items, rowHeight, columns, draw }: Props<T>) {
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
  const [first, last] = windowOf(items.length, rowHeight, scrolled, innerHeight)
  const space = (rows: number) =>
    rows > 0 && (
      <tr>
        <td colSpan={columns} style={{ height: `${rows * rowHeight}px`, padding: 0 }} />
      </tr>
    )
  return (
    <tbody ref={setBody}>
      {space(first)}
      {items.slice(first, last).map((item, index) => draw(item, first + index))}
      {space(items.length - last)}
    </tbody>
  )
}
