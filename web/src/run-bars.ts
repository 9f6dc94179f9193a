// The history of a project as bars from zero: pure.

import type { Run } from '../../shared/schemas/run.ts'
import { formatCount, formatDuration, formatMoment, formatResult, formatSize } from './format.ts'
import { type Word, wordOfActive, wordOfEnded } from './project-look.ts'

export const MEASURES = ['Duration', 'Traffic', 'Changes'] as const
export type Measure = (typeof MEASURES)[number]

export const MOST_BARS = 40

export interface RunBar {
  run: string
  word: Word
  at: string
  /** Null when it is not known. */
  value: number | null
  says: string
}

/** Seconds, bytes or files. */
function measure(run: Run, what: Measure): number | null {
  const { summary } = run.upstream
  if (what === 'Traffic') return summary?.bytes_transferred ?? null
  if (what === 'Changes') return summary === null ? null : summary.added + summary.modified + summary.deleted
  if (run.finished_at === null) return null
  return (Date.parse(run.finished_at) - Date.parse(run.started_at ?? run.finished_at)) / 1000
}

export function formatMeasure(value: number | null, what: Measure): string {
  if (what === 'Traffic') return formatSize(value)
  return what === 'Changes' ? formatCount(value) : formatDuration(value)
}

/** The newest real runs, oldest first. `runs` may have any order. */
export function barsOf(runs: readonly Run[], what: Measure): RunBar[] {
  const real = runs.filter(({ dry_run, state }) => !dry_run && state !== 'queued')
  const inOrder = real.sort((a, b) => (a.queued_at < b.queued_at ? -1 : 1)).slice(-MOST_BARS)
  return inOrder.map((run) => {
    const unchanged = run.upstream.state === 'unchanged'
    const word = run.finished_at === null ? wordOfActive(run) : wordOfEnded({ ...run, unchanged })
    const value = measure(run, what)
    const at = run.finished_at ?? run.queued_at
    const result = formatResult({ changes: run.upstream.summary, unchanged })
    const says = [formatMoment(at), word, formatDuration(measure(run, 'Duration')), result].filter(Boolean).join(', ')
    return { run: run.run, word, at, value, says }
  })
}

const ROUND = [1, 2, 5]
const ROUND_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200]

/** Two or three round values up to the highest bar, the last at or above it. */
export function gridOf(highest: number, what: Measure): number[] {
  if (highest <= 0) return []
  const steps = what === 'Duration' && highest <= 2 * 43_200 ? ROUND_SECONDS : roundSteps(highest)
  const step = steps.find((one) => one * 2 >= highest) ?? highest / 2
  return step >= highest ? [step] : [step, 2 * step]
}

/** 1, 2, 5, 10, 20 … up to above the value. */
function roundSteps(highest: number): number[] {
  const powers = Array.from({ length: Math.ceil(Math.log10(highest)) + 2 }, (_, power) => 10 ** power)
  return powers.flatMap((power) => ROUND.map((one) => one * power))
}
