// The output of rsync in one stage, followed while it grows, with a search.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Api } from '../../../shared/api/client.ts'

const MAX_LINES = 5_000

export function LogView({ api, run, slave }: { api: Api; run: string; slave: string | null }) {
  const [lines, setLines] = useState<readonly string[]>([])
  const [search, setSearch] = useState('')
  const [follows, setFollows] = useState(true)
  const box = useRef<HTMLPreElement>(null)
  useEffect(() => {
    setLines([])
    return readLog(api, run, slave, setLines)
  }, [api, run, slave])
  useEffect(() => {
    if (follows && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  })
  const shown = search === '' ? lines : lines.filter((line) => line.toLowerCase().includes(search.toLowerCase()))
  return (
    <section aria-label={`Log of ${slave ?? 'the master'}`}>
      <div class="tools">
        <h3>Log of {slave ?? 'the master'}</h3>
        <label>
          Search
          <input type="search" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
        </label>
        <label class="check">
          <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.currentTarget.checked)} />
          Follow
        </label>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the log scrolls, so it must be reachable by keyboard */}
      <pre ref={box} class="log" tabIndex={0}>
        {shown.join('\n') || (search === '' ? 'No output yet.' : 'No line matches.')}
      </pre>
    </section>
  )
}

function readLog(api: Api, run: string, slave: string | null, show: (lines: readonly string[]) => void): () => void {
  const stopping = new AbortController()
  const query = { run, follow: true, ...(slave === null ? {} : { slave }) }
  const read = async () => {
    const response = await api.open('/run_log', { query }, { signal: stopping.signal }).catch(() => null)
    if (stopping.signal.aborted) return
    if (!response?.body) return show(['There is no log.'])
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let lines: string[] = []
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      const parts = (rest + (value ?? '')).split('\n')
      rest = done ? '' : (parts.pop() ?? '')
      // Of a long log only the end is kept.
      lines = [...lines, ...parts].slice(-MAX_LINES)
      show(lines)
      if (done) return
    }
  }
  void read().catch(() => {})
  return () => stopping.abort()
}
