// Tables that fit the width of a terminal, and what stands below them. Pure.

import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import type { SlaveView } from '../shared/schemas/slave.ts'

const NO_LINES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((name) => [name, '']),
)

/** A sentence for each slave that takes no orders from the master, or does not answer. */
export function refusalsOf(slaves: readonly SlaveView[]): string[] {
  return slaves.flatMap(({ id, state, reason }) => {
    if (reason === null) return []
    if (state === 'refuses') return [`${id} refuses. ${reason}`]
    return [reason.startsWith(id) ? reason : `${id}: ${reason}`]
  })
}

/** Rows below a heading, as wide as their text; when `width` is smaller, the widest columns are cut. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[], width: number): string {
  if (rows.length === 0) return ''
  const texts = rows.map((row) => row.map(String))
  const widths = head.map(
    (name, index) =>
      Math.max(name.length, ...texts.map((row) => stripVTControlCharacters(row[index] ?? '').length)) + 2,
  )
  while (sum(widths) > width && Math.max(...widths) > 10) {
    const widest = widths.indexOf(Math.max(...widths))
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  const made = new Table({
    head: [...head],
    chars: { ...NO_LINES, middle: '' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    colWidths: widths,
  })
  made.push(...texts)
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
