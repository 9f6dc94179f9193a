// The result of a run as a table: one line for the master and one for each slave. Pure.

import type { Run } from '../shared/schemas/run.ts'
import { showSize, showState, UNKNOWN } from '../shared/words.ts'
import { table } from './format.ts'

type Part = Run['upstream'] | Run['slaves'][number]

/** The table, and below it how the run ended. */
export function showRun(run: Run, width: number): string {
  const rows = [
    ['master', run.mode, ...counts(run.upstream), showState(run.upstream.state)],
    ...run.slaves.map((slave) => [slave.slave_id, slave.method ?? UNKNOWN, ...counts(slave), showState(slave.state)]),
  ]
  const head = ['Source', 'Mode', 'Add', 'Mod', 'Del', 'Err', 'Traffic', 'State']
  const end = `${run.run}: ${showState(run.state)}${run.error === null ? '' : ` (${run.error.code}): ${run.error.message}`}`
  const { verify } = run.upstream
  const said = verify === undefined ? '' : `repository: ${verify.state}, ${verify.checked} names checked\n`
  return `${table(head, rows, width)}\n\n${said}${end}`
}

function counts({ summary }: Part): (string | number)[] {
  if (summary === null) return Array(5).fill(UNKNOWN)
  return [summary.added, summary.modified, summary.deleted, summary.errors, showSize(summary.bytes_transferred)]
}
