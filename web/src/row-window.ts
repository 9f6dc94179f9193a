// Which rows of a long list are visible: pure.

/** How many pixels above and below the window are drawn too. */
const SPARE_PX = 400

/** The tops of the items, and after them the height of all: pure. */
export function topsOf(heights: readonly number[]): number[] {
  const tops = [0]
  for (const height of heights) tops.push((tops.at(-1) ?? 0) + height)
  return tops
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
