// Medians and spreads of measured values.

/** The median of the values, the least and the greatest. */
export interface Spread {
  median: number
  least: number
  greatest: number
}

/** @throws {Error} when there are no values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const [least] = sorted
  const greatest = sorted.at(-1)
  const median = sorted[Math.floor(sorted.length / 2)]
  if (least === undefined || greatest === undefined || median === undefined) throw new Error('there are no values')
  return { median, least, greatest }
}
