// Events of the master as lines for people. Pure.

import type { MasterEvents } from '../shared/schemas/event.ts'
import { showChanges, showState, showWait } from '../shared/words.ts'

type Named = { [N in keyof MasterEvents]: { name: N; data: MasterEvents[N] } }[keyof MasterEvents]

/** An event of a stream of server-sent events; null for a comment, or what cannot be read. */
export function readEvent(block: string): { name: string; data: unknown } | null {
  const lines = block.split('\n')
  const textOf = (field: string) =>
    lines.filter((line) => line.startsWith(`${field}:`)).map((line) => line.slice(field.length + 1).trimStart())
  const [name] = textOf('event')
  try {
    return name === undefined ? null : { name, data: JSON.parse(textOf('data').join('\n')) }
  } catch {
    return null
  }
}

/** What happened; null for what people need no line for, such as progress. */
export function tellEvent(event: { name: string; data: unknown }): string | null {
  const named = event as Named
  switch (named.name) {
    case 'project.added':
      return `${named.data.id} was added`
    case 'project.removed':
      return `${named.data.id} was removed`
    case 'project.stale':
      return `${named.data.id} is stale: no success within twice its schedule's period`
    case 'run.changed':
      return tellRun(named.data.run)
    case 'slave.up':
      return `slave ${named.data.slave_id} is up`
    case 'slave.down':
      return `slave ${named.data.slave_id} is down`
    case 'slave.refuses':
      return `slave ${named.data.slave_id} refuses: it takes no orders from this master`
    default:
      return null
  }
}

function tellRun(run: MasterEvents['run.changed']['run']): string {
  const { id, state, error, upstream, slaves } = run
  const what = run.dry_run ? `${id} (dry run)` : id
  const settled = slaves.filter((slave) => slave.state === 'succeeded' || slave.state === 'prepared').length
  const detail =
    state === 'fanning_out'
      ? `, ${settled}/${slaves.length} slaves`
      : state === 'succeeded'
        ? `, ${showChanges(upstream.summary)}`
        : ''
  return `${what}: ${showWait(run) ?? `${showState(state)}${detail}`}${error === null ? '' : `: ${error.message}`}`
}
