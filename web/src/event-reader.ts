// Reads Server-Sent Events with a log-in header, which EventSource cannot send, and goes on after a break where it was.

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

export interface EventReaderOptions {
  authorization: () => string
  onEvent: (name: string, data: unknown) => void
  /** Told when the connection comes and goes. */
  onConnected: (connected: boolean) => void
}

/** Starts to read; returns what ends it. */
export function readEvents({ authorization, onEvent, onConnected }: EventReaderOptions): () => void {
  const stopping = new AbortController()
  let lastId: string | null = null
  let pause = FIRST_PAUSE_MS

  const readOnce = async (): Promise<void> => {
    const headers = { authorization: authorization(), ...(lastId === null ? {} : { 'last-event-id': lastId }) }
    const response = await fetch('/events/', { headers, signal: stopping.signal })
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`)
    onConnected(true)
    pause = FIRST_PAUSE_MS
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (text + value).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = parseEvent(block)
        if (event === null) continue
        lastId = event.id ?? lastId
        onEvent(event.name, event.data)
      }
    }
  }

  const readOn = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await readOnce().catch(() => {})
      if (stopping.signal.aborted) return
      onConnected(false)
      await new Promise((resolve) => setTimeout(resolve, pause))
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
  }
  void readOn()
  return () => stopping.abort()
}

/** One block of an event stream (WHATWG HTML, 9.2.6); null for a comment. */
export function parseEvent(block: string): { id: string | null; name: string; data: unknown } | null {
  const fields = new Map(
    block.split('\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':')
      return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]] : []
    }),
  )
  const data = fields.get('data')
  return data === undefined
    ? null
    : { id: fields.get('id') ?? null, name: fields.get('event') ?? 'message', data: JSON.parse(data) }
}
