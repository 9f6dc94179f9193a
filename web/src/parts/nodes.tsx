// What the pages of slaves and of masters share: their head with its tabs, a node's state, and its version.

import type { MasterView } from '../../../shared/schemas/master.ts'
import { NOTHING } from '../format.ts'
import type { StateLook } from '../stage-look.ts'
import { Icon } from './icon.tsx'
import { State } from './state.tsx'

/** Several masters have a tab beside the slaves; a single one has none. */
export function NodesHead({ title, masters }: { title: 'Slaves' | 'Masters'; masters: readonly MasterView[] }) {
  const link = (name: string) => (
    <a href={`#/${name.toLowerCase()}`} aria-current={name === title ? 'page' : undefined}>
      {name}
    </a>
  )
  return (
    <>
      <div class="head">
        <h1>{title}</h1>
      </div>
      {masters.length > 1 && (
        <nav class="tabs" aria-label="Nodes">
          {link('Slaves')}
          {link('Masters')}
        </nav>
      )}
    </>
  )
}

/** The cell of a node's state; `reason` says why, and what to do. */
export function NodeState({ look, reason }: { look: StateLook; reason: string | null }) {
  return (
    <td class="why">
      <p>
        <State look={look} />
      </p>
      {reason && <span class="r">{reason}</span>}
    </td>
  )
}

/** The cell of a node's version, marked where there is a note on it. */
export function NodeVersion({ version, note }: { version: string | null; note: string }) {
  if (note === '') return <td data-l="Version">{version ?? NOTHING}</td>
  return (
    <td data-l="Version">
      <span class="st s-partial">
        <Icon name="warn" />
        {version}
      </span>{' '}
      <span class="muted">{note}</span>
    </td>
  )
}

const MOST_PROJECTS = 10

/** The cell of a node's projects, each with what is said of it; of many the first ones, and how many more there are. */
export function NodeProjects({ label, projects }: { label: string; projects: readonly (readonly [string, string])[] }) {
  const more = projects.length - MOST_PROJECTS
  return (
    <td class="full long" data-l={label}>
      {projects.length === 0 && 'nothing'}
      {projects.slice(0, MOST_PROJECTS).map(([id, says], index) => (
        <span key={id}>
          {index > 0 && ', '}
          <a href={`#/project/${encodeURIComponent(id)}`}>{id}</a>
          {says}
        </span>
      ))}
      {more > 0 && ` and ${more} more`}
    </td>
  )
}
