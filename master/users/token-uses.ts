// Remembers when tokens were last used, and writes it down now and then.

import type { Store } from '../store/store.ts'

export interface TokenUsesDeps {
  store: Pick<Store, 'noteTokenUses'>
  now: () => number
  /** Between two writes. */
  everyMs: number
  onError: (error: unknown, details: Record<string, unknown>) => void
}

export type TokenUses = ReturnType<typeof createTokenUses>

/** All uses of a period are one write, so that a token costs at most one in each. */
export function createTokenUses({ store, now, everyMs, onError }: TokenUsesDeps) {
  /** By token_id: when it was last used, in milliseconds since 1970. */
  const waiting = new Map<string, number>()
  let timer: NodeJS.Timeout | null = null

  const write = async (): Promise<void> => {
    timer = null
    const uses = new Map(waiting)
    if (uses.size === 0) return
    await store.noteTokenUses(new Map([...uses].map(([id, at]) => [id, new Date(at).toISOString()])))
    for (const [id, at] of uses) if (waiting.get(id) === at) waiting.delete(id)
  }
  const begin = (): void => {
    timer = setTimeout(() => void write().catch((error) => onError(error, { part: 'token uses' })), everyMs)
    timer.unref()
  }

  return {
    note: (tokenId: string): void => {
      waiting.set(tokenId, now())
      if (timer === null) begin()
    },
    /** The newest use that is known, ISO 8601; `stored` is what was written down. */
    lastUse: (tokenId: string, stored: string | null): string | null => {
      const at = waiting.get(tokenId)
      return at === undefined ? stored : new Date(at).toISOString()
    },
    /** Writes what is left. */
    stop: async (): Promise<void> => {
      if (timer !== null) clearTimeout(timer)
      await write().catch((error) => onError(error, { part: 'token uses' }))
    },
  }
}
