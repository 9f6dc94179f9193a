// The plan of an import as a table: what was taken, what changed, what is left, and why. Pure.

import { table } from '../format.ts'
import type { ImportPlan, Result } from './plan.ts'

const RESULTS: readonly Result[] = ['taken', 'changed', 'left']

export function showPlan({ rows }: Pick<ImportPlan, 'rows'>): string {
  const lines = rows.map(({ project, what, result, why }) => [project, what, result, why])
  const counts = RESULTS.map((result) => `${rows.filter((row) => row.result === result).length} ${result}`)
  // Nothing is cut: it is told only here.
  const text = table(['Project', 'What', 'Result', 'Why'], lines, Number.POSITIVE_INFINITY)
  return [text, `${counts.join(', ')}.`].filter(Boolean).join('\n')
}
