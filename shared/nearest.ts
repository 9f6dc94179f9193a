// Finds the known name that somebody most likely meant: pure.

import { distance } from 'fastest-levenshtein'

/** At most a third of the characters may differ, or two letters be swapped: what is further away is another name, not a slip. */
const mostApart = ({ length }: string): number => (length < 4 ? 1 : Math.max(2, Math.floor(length / 3)))

/** The known name nearest to `name`, upper and lower case alike, or null when none is near. */
export function nearest(name: string, known: Iterable<string>): string | null {
  let best: { name: string; apart: number } | null = null
  for (const one of known) {
    const apart = distance(name.toLowerCase(), one.toLowerCase())
    if (apart <= mostApart(one) && (best === null || apart < best.apart)) best = { name: one, apart }
  }
  return best?.name ?? null
}

/** ` Did you mean "debian"?`, to follow a sentence; empty when no known name is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const found = nearest(name, known)
  return found === null ? '' : ` Did you mean "${found}"?`
}
