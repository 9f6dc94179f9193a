import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTokenUses } from '../../../master/users/token-uses.ts'

const AT = Date.parse('2026-01-01T00:00:00Z')
const iso = (second: number) => new Date(AT + second * 1000).toISOString()

beforeEach(() => {
  vi.useFakeTimers({ now: AT })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('uses of tokens', () => {
  const start = (noteTokenUses: (uses: ReadonlyMap<string, string>) => Promise<void>) => {
    const errors: unknown[] = []
    const onError = (error: unknown) => errors.push(error)
    return { ...createTokenUses({ store: { noteTokenUses }, now: Date.now, everyMs: 60_000, onError }), errors }
  }

  it('are one write a minute, however many there are', async () => {
    const writes: Record<string, string>[] = []
    const uses = start(async (map) => void writes.push(Object.fromEntries(map)))
    for (let second = 0; second < 130; second++) {
      uses.note('a')
      if (second === 10) uses.note('b')
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(writes).toEqual([{ a: iso(59), b: iso(10) }, { a: iso(119) }])
    await uses.stop()
    expect(writes[2]).toEqual({ a: iso(129) })
    await vi.advanceTimersByTimeAsync(600_000)
    expect(writes).toHaveLength(3)
  })

  it('that could not be written are written with the next ones', async () => {
    const writes: Record<string, string>[] = []
    let fails = true
    const uses = start(async (map) => {
      if (fails) throw new Error('no database')
      writes.push(Object.fromEntries(map))
    })
    uses.note('a')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(uses.errors).toHaveLength(1)
    expect(uses.lastUse('a', null)).toBe(iso(0))
    fails = false
    uses.note('b')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(writes).toEqual([{ a: iso(0), b: iso(60) }])
  })
})
