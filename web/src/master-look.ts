// How a master looks in one line: its state with the reason and what to do, and what it is doing: pure.

import type { MasterView } from '../../shared/schemas/master.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { formatSince, formatSize } from './format.ts'
import type { StateLook } from './stage-look.ts'

/** How a master is. */
export function lookOfMaster({ state, disk }: Pick<MasterView, 'state' | 'disk'>): StateLook {
  if (state === 'down') return { word: 'down', icon: 'down' }
  if (state === 'left') return { word: 'stopped', icon: 'disabled' }
  return disk?.is_low ? { word: 'disk low', icon: 'disk' } : { word: 'up', icon: 'ok' }
}

/** Why it is like that, and what to do; empty when all is well. */
export function reasonOfMaster({ state, seen_at, projects, disk }: MasterView, now = Date.now()): string {
  if (state === 'up') {
    return disk?.is_low
      ? `Only ${formatSize(disk.free)} are free. Remove projects that nobody needs, or add space, before its syncs stop.`
      : ''
  }
  const since = formatSince(seen_at, now)
  const what = state === 'left' ? `It was stopped at ${since}.` : `It has not reported since ${since}.`
  if (projects === null || projects === 0)
    return `${what} Nothing waits for it. Start it, or leave it off: it is forgotten after a week.`
  const wait = projects === 1 ? 'One project waits for it.' : `${projects} projects wait for it.`
  return `${what} ${wait} Start it, or give ${projects === 1 ? 'it' : 'them'} to another master.`
}

/** How much room a master's disk has, `612 GB of 2.31 TB`; null when that is not known. */
export function roomOf({ disk }: Pick<MasterView, 'disk'>): string | null {
  return disk === null ? null : `${formatSize(disk.free)} of ${formatSize(disk.size)}`
}

/** The projects whose runs a master carries, by name. */
export function carriedBy(node: string, open: Iterable<Run>): string[] {
  const ids = [...open].filter((run) => run.node === node && run.state !== 'queued').map(({ id }) => id)
  return [...new Set(ids)].sort()
}

/** The newest version that any of the nodes says it has; null when none does. */
export function newestVersion(nodes: readonly { version: string | null }[]): string | null {
  const known = nodes.flatMap(({ version }) => (version === null ? [] : [version]))
  return known.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? null
}

/** What to do about a node's version, where `newest` is the newest one of a master; empty for nothing. */
export function noteOnVersion(version: string | null, newest: string | null): string {
  if (version === null || newest === null || version === newest) return ''
  const isOlder = newestVersion([{ version }, { version: newest }]) === newest
  return isOlder ? `update to ${newest}` : `the master has ${newest}: update it`
}
