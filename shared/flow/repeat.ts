// Does the same work again and again, with a pause after each round that can be cut short.

export interface RepeatOptions {
  work: () => Promise<void> | void
  /** Milliseconds between the end of a round and the next one; a function is asked before each pause. */
  every: number | (() => number)
  /** Told what a round threw; the next round comes all the same. */
  onError: (error: unknown) => void
  /** Whether the first round comes at once (default) or after a pause. */
  first?: 'now' | 'later'
  /** Whether the pauses keep the process alive; default true. */
  ref?: boolean
}

export interface Repetition {
  /** Has the next round begin now, or, while one is under way, as soon as that one ends. */
  wake: () => void
  /** Resolves when the round under way has ended; no other begins. The work must not wait for it. */
  stop: () => Promise<void>
}

/** Begins to repeat; no round overlaps another. */
export function repeat({ work, every, onError, first = 'now', ref = true }: RepeatOptions): Repetition {
  let isStopped = false
  let isDue = first === 'now'
  let endPause = () => {}

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, typeof every === 'function' ? every() : every)
      if (!ref) timer.unref()
      endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const loop = async (): Promise<void> => {
    for (;;) {
      if (!isDue && !isStopped) await pause()
      if (isStopped) return
      isDue = false
      try {
        await work()
      } catch (error) {
        onError(error)
      }
    }
  }

  // Not before the caller has what it may call from the work.
  const ended = Promise.resolve().then(loop)
  return {
    wake: () => {
      isDue = true
      endPause()
    },
    stop: () => {
      isStopped = true
      endPause()
      return ended
    },
  }
}
