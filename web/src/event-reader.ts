// Reads Server-Sent Events with a log-in header, which EventSource cannot send, and resumes after a break.

import type { Api } from '../../shared/api/client.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

export interface EventReaderOptions {
  api: Api
  onEvent: (name: string, data: unknown) => void
  /** Called when the connection is made. */
  onConnected: () => void
  /** Called when it is lost, or could not be made; the next attempt follows after so many milliseconds. */
  onLost: (pauseMs: number) => void
}

export interface EventReader {
  /** Tries at once, if it is between two attempts. */
  tryNow: () => void
  stop: () => void
}

/** Starts to read. */
export function readEvents({ api, onEvent, onConnected, onLost }: EventReaderOptions): EventReader {
  const stopping = new AbortController()
  let endPause = () => {}
  let lastId: string | null = null
  let pause = FIRST_PAUSE_MS

  const readOnce = async (): Promise<void> => {
    const headers: Record<string, string> = lastId === null ? {} : { 'last-event-id': lastId }
    const response = await api.open('/events', { query: {} }, { headers, signal: stopping.signal })
    if (response.body === null) return
    onConnected()
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
      onLost(pause)
      await new Promise<void>((resolve) => {
        endPause = resolve
        setTimeout(resolve, pause)
      })
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
  }
  void readOn()
  return { tryNow: () => endPause(), stop: () => stopping.abort() }
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
