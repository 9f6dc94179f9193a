import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { throttle } from '../../../shared/flow/throttle.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function createThrottled() {
  const seen: number[] = []
  const throttled = throttle<number>(1_000, (value) => seen.push(value))
  return { seen, throttled }
}

describe('throttle', () => {
  it('lets the first call through at once', () => {
    const { seen, throttled } = createThrottled()
    throttled.call(1)
    expect(seen).toEqual([1])
  })

  it('lets the newest of the calls through when the interval is over', () => {
    const { seen, throttled } = createThrottled()
    for (const value of [1, 2, 3]) throttled.call(value)
    vi.advanceTimersByTime(999)
    expect(seen).toEqual([1])
    vi.advanceTimersByTime(1)
    expect(seen).toEqual([1, 3])
  })

  it('keeps the interval between all calls, however they come', () => {
    const times: number[] = []
    const throttled = throttle<number>(1_000, () => times.push(Date.now()))
    for (let call = 0; call < 100; call++) {
      throttled.call(call)
      vi.advanceTimersByTime(73)
    }
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(pauses.length).toBeGreaterThan(5)
    for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(1_000)
  })

  it('lets a call through at once again after a quiet interval', () => {
    const { seen, throttled } = createThrottled()
    throttled.call(1)
    vi.advanceTimersByTime(1_000)
    throttled.call(2)
    expect(seen).toEqual([1, 2])
  })

  it('lets what waits through when flushed, once', () => {
    const { seen, throttled } = createThrottled()
    throttled.call(1)
    throttled.call(2)
    throttled.flush()
    throttled.flush()
    vi.advanceTimersByTime(5_000)
    expect(seen).toEqual([1, 2])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('counts a flush as a call', () => {
    const { seen, throttled } = createThrottled()
    throttled.call(1)
    vi.advanceTimersByTime(500)
    throttled.call(2)
    throttled.flush()
    throttled.call(3)
    vi.advanceTimersByTime(999)
    expect(seen).toEqual([1, 2])
    vi.advanceTimersByTime(1)
    expect(seen).toEqual([1, 2, 3])
  })

  it('does nothing when flushed with nothing to say', () => {
    const { seen, throttled } = createThrottled()
    throttled.flush()
    expect(seen).toEqual([])
  })

  it('lets undefined through like any other value', () => {
    const target = vi.fn()
    const throttled = throttle<undefined>(1_000, target)
    throttled.call(undefined)
    throttled.call(undefined)
    throttled.flush()
    expect(target).toHaveBeenCalledTimes(2)
  })
})
