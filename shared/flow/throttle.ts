// Lets calls through at most once per interval; the newest value always gets through in the end.

/** A function that is called at most once per interval; `flush` passes on the waiting value at once. */
export interface Throttled<T> {
  call: (value: T) => void
  flush: () => void
}

/** Wraps `target`: the first call goes through at once, later ones at most every `intervalMs`, each with the newest value. */
export function throttle<T>(intervalMs: number, target: (value: T) => void): Throttled<T> {
  let waiting: { value: T } | null = null
  let timer: NodeJS.Timeout | null = null
  let last = Number.NEGATIVE_INFINITY
  const fire = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (waiting === null) return
    const { value } = waiting
    waiting = null
    last = performance.now()
    target(value)
  }
  return {
    call: (value) => {
      waiting = { value }
      const left = last + intervalMs - performance.now()
      if (left <= 0) fire()
      else if (timer === null) {
        timer = setTimeout(fire, left)
        timer.unref()
      }
    },
    flush: fire,
  }
}
