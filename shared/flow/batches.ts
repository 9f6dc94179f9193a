// Works through many items, some at a time.

const AT_ONCE = 500

/**
 * Does `work` for every item, at most 500 at once. @throws what `work` throws first, or the reason of `signal` when it
 * aborts; the rest is not begun.
 */
export async function inBatches<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const waiting = [...items]
  for (let from = 0; from < waiting.length; from += AT_ONCE) {
    signal?.throwIfAborted()
    await Promise.all(waiting.slice(from, from + AT_ONCE).map(work))
  }
}
