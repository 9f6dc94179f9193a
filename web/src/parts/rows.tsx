// A table body that draws only the visible rows, so that thousands cost no more than a screenful.

import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { heightsOf, topsOf, windowOf } from '../row-window.ts'

/** Differences of rounding are no reason to draw again. */
const TOLERANCE_PX = 1

interface Props<T> {
  items: readonly T[]
  keyOf: (item: T) => string
  /** The height that the styles give to an item on a wide screen, in pixels. On a narrow one it depends on its text. */
  heightOf: (item: T) => number
  columns: number
  draw: (item: T, index: number) => ComponentChildren
}

export function Rows<T>({ items, keyOf, heightOf, columns, draw }: Props<T>) {
  const [body, setBody] = useState<HTMLElement | null>(null)
  const [scrolled, setScrolled] = useState(0)
  const [, setMeasurings] = useState(0)
  const measured = useRef(new Map<string, number>())
  useEffect(() => {
    const look = () => setScrolled(Math.max(0, -(body?.getBoundingClientRect().top ?? 0)))
    // Texts wrap elsewhere then.
    const forget = () => {
      measured.current.clear()
      look()
    }
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', forget)
    look()
    return () => {
      removeEventListener('scroll', look)
      removeEventListener('resize', forget)
    }
  }, [body])
  const tops = topsOf(
    heightsOf(
      items.map((item) => ({ key: keyOf(item), nominal: heightOf(item) })),
      measured.current,
    ),
  )
  const [first, last] = windowOf(tops, scrolled, innerHeight)
  useLayoutEffect(() => {
    const rows = [...(body?.children ?? [])].filter((row) => !row.classList.contains('space'))
    let isNew = false
    for (const [index, row] of rows.entries()) {
      const item = items[first + index]
      const { height } = row.getBoundingClientRect()
      if (item === undefined || height === 0) continue
      const known = measured.current.get(keyOf(item)) ?? heightOf(item)
      if (Math.abs(height - known) <= TOLERANCE_PX) continue
      measured.current.set(keyOf(item), height)
      isNew = true
    }
    if (isNew) setMeasurings((count) => count + 1)
  })
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
