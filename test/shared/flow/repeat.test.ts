import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type RepeatOptions, repeat } from '../../../shared/flow/repeat.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Work that is counted, and ends when it is told to while `holds`. */
function createWork(options: Partial<RepeatOptions> = {}) {
  const ends: (() => void)[] = []
  const errors: unknown[] = []
  const seen = { begun: 0, ended: 0, holds: false }
  const repetition = repeat({
    every: 1_000,
    onError: (error) => errors.push(error),
    work: async () => {
      seen.begun += 1
      if (seen.holds) await new Promise<void>((resolve) => ends.push(resolve))
      seen.ended += 1
    },
    ...options,
  })
  return { seen, errors, repetition, end: () => ends.shift()?.() }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('repeat', () => {
  it('works at once, and again a pause after it ended', async () => {
    const { seen, end } = createWork()
    seen.holds = true
    await pass(5_000)
    expect(seen).toMatchObject({ begun: 1, ended: 0 })
    end()
    await pass(999)
    expect(seen).toMatchObject({ begun: 1, ended: 1 })
    await pass(1)
    expect(seen.begun).toBe(2)
  })

  it('works for the first time after a pause when told so', async () => {
    const { seen } = createWork({ first: 'later' })
    await pass(999)
    expect(seen.begun).toBe(0)
    await pass(1)
    expect(seen.begun).toBe(1)
  })

  it('asks before each pause how long it is', async () => {
    let pause = 100
    const { seen } = createWork({ every: () => (pause *= 2) })
    await pass(0)
    await pass(200)
    expect(seen.begun).toBe(2)
    await pass(399)
    expect(seen.begun).toBe(2)
    await pass(1)
    expect(seen.begun).toBe(3)
  })

  it('cuts a pause short when woken, once', async () => {
    const { seen, repetition } = createWork()
    await pass(10)
    repetition.wake()
    repetition.wake()
    await pass(0)
    expect(seen.begun).toBe(2)
    await pass(999)
    expect(seen.begun).toBe(2)
  })

  it('works again at once when woken during the work', async () => {
    const { seen, repetition, end } = createWork()
    seen.holds = true
    await pass(0)
    repetition.wake()
    seen.holds = false
    end()
    await pass(0)
    expect(seen).toMatchObject({ begun: 2, ended: 2 })
  })

  it('lets the work itself ask for the next round', async () => {
    let left = 3
    const { seen, repetition } = createWork({
      work: () => {
        seen.begun += 1
        if (--left > 0) repetition.wake()
      },
    })
    await pass(0)
    expect(seen.begun).toBe(3)
  })

  it('goes on after an error', async () => {
    const problem = new Error('broken')
    const { errors } = createWork({
      work: () => {
        throw problem
      },
    })
    await pass(0)
    await pass(1_000)
    expect(errors).toEqual([problem, problem])
  })

  it('waits at its stop for the work under way, and begins nothing more', async () => {
    const { seen, repetition, end } = createWork()
    seen.holds = true
    await pass(0)
    let isStopped = false
    const stops = Promise.all([repetition.stop(), repetition.stop()]).then(() => {
      isStopped = true
    })
    repetition.wake()
    await pass(5_000)
    expect(isStopped).toBe(false)
    end()
    await stops
    await repetition.stop()
    repetition.wake()
    await pass(5_000)
    expect(seen).toMatchObject({ begun: 1, ended: 1 })
  })

  it('stops within a pause without waiting for its end, and leaves no timer', async () => {
    const { seen, repetition } = createWork()
    await pass(10)
    await repetition.stop()
    expect(vi.getTimerCount()).toBe(0)
    expect(seen.begun).toBe(1)
  })

  it('does not work at all when it is stopped at once', async () => {
    const { seen, repetition } = createWork()
    await repetition.stop()
    expect(seen.begun).toBe(0)
  })

  it.each([
    { ref: true, keeps: true },
    { ref: false, keeps: false },
  ])('keeps the process alive: $keeps', async ({ ref, keeps }) => {
    vi.useRealTimers()
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const { repetition } = createWork({ ref, first: 'later' })
    await Promise.resolve()
    expect(timers.mock.results.at(-1)?.value.hasRef()).toBe(keeps)
    timers.mockRestore()
    await repetition.stop()
  })
})
