// Which rows of a long list are visible: pure.

/** How many pixels above and below the window are drawn too. */
const SPARE_PX = 400

/** The tops of the items, and after them the height of all: pure. */
export function topsOf(heights: readonly number[]): number[] {
  const tops = [0]
  for (const height of heights) tops.push((tops.at(-1) ?? 0) + height)
  return tops
}

/**
 * The heights of items: those that were measured, and for the others the mean of those measured that should be as high, or
 * what the styles say, `nominal`: pure.
 */
export function heightsOf(
  items: readonly { key: string; nominal: number }[],
  measured: ReadonlyMap<string, number>,
): number[] {
  const sums = new Map<number, { sum: number; count: number }>()
  for (const { key, nominal } of items) {
    const height = measured.get(key)
    if (height === undefined) continue
    const { sum, count } = sums.get(nominal) ?? { sum: 0, count: 0 }
    sums.set(nominal, { sum: sum + height, count: count + 1 })
  }
  return items.map(({ key, nominal }) => {
    const like = sums.get(nominal)
    return measured.get(key) ?? (like === undefined ? nominal : like.sum / like.count)
  })
}

/** The items from `first` to before `last` that a window of this height shows, scrolled this far: pure. */
export function windowOf(tops: readonly number[], scrolled: number, height: number): [first: number, last: number] {
  const count = tops.length - 1
  let first = lastAtOrAbove(tops, scrolled - SPARE_PX)
  const last = Math.min(count, lastAtOrAbove(tops, scrolled + height + SPARE_PX) + 1)
  first = Math.min(first, count)
  return [first, last]
}

/** The index of the last top at or above the place: by halving. */
function lastAtOrAbove(tops: readonly number[], place: number): number {
  let [low, high] = [0, tops.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((tops[middle] ?? 0) <= place) low = middle
    else high = middle - 1
  }
  return low
}
