// What a look at an upstream has found, while its project is being added.

import { useEffect, useState } from 'preact/hooks'
import type { TestUpstream, UpstreamSeen } from '../../../shared/schemas/upstream-test.ts'
import type { Session } from '../session.ts'
import { Icon } from './icon.tsx'

const TYPING_MS = 500
/** More names than this say no more. */
const MOST_NAMES = 8

export type Found = UpstreamSeen | 'looking' | null

/** Looks at the upstream as soon as its address is complete, and again when it changes. Null while there is nothing to look at. */
export function useUpstream(session: Session, asked: TestUpstream | null): Found {
  const [found, setFound] = useState<Found>(null)
  const text = JSON.stringify(asked)
  useEffect(() => {
    let isCurrent = true
    const body: TestUpstream | null = JSON.parse(text)
    setFound(body === null ? null : 'looking')
    if (body === null) return
    const timer = setTimeout(() => {
      const fail = (error: Error) => ({ error: { code: '', message: error.message } })
      session.api
        .post('/test_upstream', { body })
        .catch(fail)
        .then((answer) => {
          if (isCurrent) setFound({ ...NOTHING, ...answer })
        })
    }, TYPING_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [text, session])
  return found
}

const NOTHING: UpstreamSeen = { reachable: false, modules: null, entries: null, layout: null, probe: null, error: null }

export function FoundUpstream({ found, onModule }: { found: Found; onModule: (name: string) => void }) {
  return (
    <output class="c12 found" aria-live="polite">
      {found === 'looking' && <span class="muted">Looking at the upstream…</span>}
      {found !== null && found !== 'looking' && <Answer found={found} onModule={onModule} />}
    </output>
  )
}

function Answer({ found, onModule }: { found: UpstreamSeen; onModule: (name: string) => void }) {
  const { error, modules, entries, layout, probe } = found
  if (error !== null)
    return (
      <span class="e">
        <Icon name="failed" />
        {error.message.replace(/\.$/, '')}. It can be added all the same.
      </span>
    )
  if (modules !== null)
    return (
      <>
        <span>
          {modules.length === 0 ? 'It is there, and lists no modules. Type the one you want.' : 'Its modules:'}
        </span>
        {modules.map((name) => (
          <button type="button" class="b s" key={name} onClick={() => onModule(name)}>
            {name}
          </button>
        ))}
      </>
    )
  return (
    <span>
      <Icon name="ok" /> {describe(entries ?? [])}
      {layout !== null && layout !== 'plain' && ` It looks like a repository of the layout ${layout}.`}
      {probe !== null && ' A probe can tell whether it has anything new.'}
    </span>
  )
}

/** `It has 3 folders and 1 file: dists, pool, …` */
function describe(entries: readonly { name: string; kind: string }[]): string {
  if (entries.length === 0) return 'It is there, and empty.'
  const refs = entries.filter(({ kind }) => kind === 'ref').length
  const folders = entries.filter(({ kind }) => kind === 'folder').length
  const count = (number: number, one: string) => (number === 0 ? [] : [`${number} ${one}${number === 1 ? '' : 's'}`])
  const others = entries.length - refs - folders
  const parts = [...count(folders, 'folder'), ...count(others, 'file'), ...count(refs, 'ref')]
  const names = entries.slice(0, MOST_NAMES).map(({ name }) => name)
  return `It has ${parts.join(' and ')}: ${names.join(', ')}${entries.length > MOST_NAMES ? ' and more' : ''}.`
}
