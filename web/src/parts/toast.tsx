// What was done, for a few seconds; and what failed, until somebody has read it.

import { useEffect, useRef } from 'preact/hooks'
import { Icon } from './icon.tsx'

const SHOWN_MS = 8_000

export interface News {
  text: string
  href?: string | undefined
}

/** `role="status"` reads it out. It stays while somebody points at it. */
export function Toast({ news, close }: { news: News; close: () => void }) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const start = () => {
    clearTimeout(timer.current)
    if (news.text !== '') timer.current = setTimeout(close, SHOWN_MS)
  }
  const stop = () => clearTimeout(timer.current)
  useEffect(() => {
    start()
    return stop
  }, [news])
  const isShown = news.text !== ''
  return (
    <div
      role="status"
      aria-live="polite"
      class={isShown ? 'toast' : ''}
      onPointerEnter={stop}
      onPointerLeave={start}
      onFocusIn={stop}
      onFocusOut={start}
    >
      {isShown && (
        <>
          <span>{news.text}</span>
          {news.href !== undefined && <a href={news.href}>Show</a>}
          <button type="button" class="b icon q s" aria-label="Close" onClick={close}>
            <Icon name="x" />
          </button>
        </>
      )}
    </div>
  )
}

export function Failure({ text, close }: { text: string; close: () => void }) {
  if (text === '') return null
  return (
    <div class="note s-failed" role="alert">
      <Icon name="failed" />
      <p>{text}</p>
      <button type="button" class="b icon q s" aria-label="Close" onClick={close}>
        <Icon name="x" />
      </button>
    </div>
  )
}
