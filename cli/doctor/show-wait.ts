// Shows on a terminal that a check takes its time, and how far it is.

const QUIET_MS = 1_000
/** To the start of the line, and nothing after it (ECMA-48: EL). */
const CLEAR = '\r\x1b[K'

/** Nothing is shown in the first second. `stop` takes away what was shown. */
export function createWait(what: string, stream: NodeJS.WriteStream) {
  const begun = performance.now()
  let text = what
  let shown = false
  const show = () => {
    shown = true
    stream.write(`${CLEAR}${text} …`)
  }
  const timer = stream.isTTY ? setTimeout(show, QUIET_MS) : undefined
  return {
    tell: (done: number, of: number): void => {
      text = `${what}: ${done} of ${of}`
      if (stream.isTTY && performance.now() - begun > QUIET_MS) show()
    },
    stop: (): void => {
      clearTimeout(timer)
      if (shown) stream.write(CLEAR)
    },
  }
}
