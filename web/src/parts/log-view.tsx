// The output of one stage of a run, followed while it grows, with a search that counts its hits.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Api } from '../../../shared/api/client.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { formatSince } from '../format.ts'
import { findMatches, kindOf, splitAtMatches } from '../log-lines.ts'
import { Icon } from './icon.tsx'

const MAX_LINES = 5_000

interface Props {
  api: Api
  run: Run
  slave: string | null
  choose: (slave: string | null) => void
}

/** Use one for each run and slave (by its `key`), so that the log of another never shows. */
export function LogView({ api, run, slave, choose }: Props) {
  const [lines, setLines] = useState<readonly string[] | null>(null)
  const [search, setSearch] = useState('')
  const [hit, setHit] = useState(0)
  const [follows, setFollows] = useState(run.finished_at === null)
  const box = useRef<HTMLOListElement>(null)
  useEffect(() => readLog(api, run.run, slave, setLines), [api, run.run, slave])
  const shown = lines ?? []
  const hits = findMatches(shown, search)
  const firstError = shown.findIndex((line) => kindOf(line) === 'err')
  const target = search !== '' ? hits[hit % Math.max(1, hits.length)] : follows ? shown.length - 1 : firstError
  useEffect(() => {
    const line = box.current?.children[target ?? -1]
    if (line instanceof HTMLElement && box.current !== null) {
      box.current.scrollTop = line.offsetTop - box.current.offsetTop - box.current.clientHeight / 2
    }
  }, [target])
  const pauseWhenScrolledUp = () => {
    const list = box.current
    if (list !== null && follows && list.scrollTop + list.clientHeight < list.scrollHeight - 120) setFollows(false)
  }
  return (
    <section class="panel" id="log" aria-label={`Log of ${slave ?? 'the master'}`}>
      <header>
        <h2>Log</h2>
        <span class="muted small">
          {run.run}, {formatSince(run.started_at ?? run.queued_at)}
        </span>
        <div class="acts">
          <select
            aria-label="Whose log"
            value={slave ?? ''}
            onChange={(event) => choose(event.currentTarget.value || null)}
          >
            <option value="">master</option>
            {run.slaves.map(({ slave_id }) => (
              <option key={slave_id}>{slave_id}</option>
            ))}
          </select>
          <div class="search">
            <Icon name="search" />
            <input
              type="search"
              aria-label="Search the log"
              placeholder="Search"
              value={search}
              onInput={(event) => {
                setSearch(event.currentTarget.value)
                setHit(0)
              }}
              onKeyDown={(event) => {
                if (event.key === 'Enter') setHit(hit + 1)
              }}
            />
          </div>
          <span class="muted small" role="status">
            {search !== '' && (hits.length === 0 ? 'no match' : `${(hit % hits.length) + 1} of ${hits.length}`)}
          </span>
          <label class="check">
            <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.currentTarget.checked)} />
            Follow
          </label>
        </div>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the log scrolls, so it must be reachable by keyboard */}
      <ol ref={box} class="log" tabIndex={0} aria-label="Lines of the log" onScroll={pauseWhenScrolledUp}>
        {shown.length === 0 && <li class="own">{lines === null ? 'Loading …' : 'No output yet.'}</li>}
        {shown.map((line, index) => (
          <li key={index} class={kindOf(line)}>
            <span aria-hidden="true">{index + 1}</span>
            <span>
              {splitAtMatches(line, search).map((part, place) =>
                place % 2 === 1 ? <mark key={place}>{part}</mark> : part,
              )}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

function readLog(api: Api, run: string, slave: string | null, show: (lines: readonly string[]) => void): () => void {
  const stopping = new AbortController()
  const query = { run, follow: true, ...(slave === null ? {} : { slave }) }
  const read = async () => {
    const response = await api.open('/run_log', { query }, { signal: stopping.signal }).catch(() => null)
    if (stopping.signal.aborted) return
    if (!response?.body) return show(['[The log of this stage is not kept any more, or there was none.]'])
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let lines: string[] = []
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      const parts = (rest + (value ?? '')).split('\n')
      rest = done ? '' : (parts.pop() ?? '')
      // Of a long log only the end is kept.
      lines = [...lines, ...parts.filter((part, index) => !(done && part === '' && index === parts.length - 1))]
      lines = lines.slice(-MAX_LINES)
      show(lines)
      if (done) return
    }
  }
  void read().catch(() => {})
  return () => stopping.abort()
}
