// The last runs of a project as bars: pure. Colour is the state, height the duration within the project.

import type { RunBrief } from '../../shared/schemas/run-brief.ts'
import { formatDuration, formatMoment, formatResult } from './format.ts'
import { type Word, wordOfEnded } from './project-look.ts'

export const STRIP_BARS = 20
export const STRIP_HEIGHT = 20
const LOWEST = 4
/** The height where there is no run. */
const STUB = 3
export const BAR_STEP = 6

export interface Bar {
  run: string | null
  word: Word | null
  /** From the bottom, in pixels. */
  height: number
  says: string
}

/** The newest runs, oldest first; where there are too few, stubs come first. `history` is newest first. */
export function stripOf(history: readonly RunBrief[]): Bar[] {
  const shown = history.filter(({ dry_run }) => !dry_run).slice(0, STRIP_BARS)
  const longest = Math.max(1, ...shown.map(({ seconds }) => seconds ?? 0))
  const bars = shown.toReversed().map((run): Bar => {
    const word = wordOfEnded(run)
    const share = Math.sqrt((run.seconds ?? 0) / longest)
    const height = word === 'unchanged' ? LOWEST : Math.max(LOWEST, Math.round(share * STRIP_HEIGHT))
    return { run: run.run, word, height, says: sayRun(run) }
  })
  const stubs = Array.from({ length: STRIP_BARS - bars.length }, () => ({
    run: null,
    word: null,
    height: STUB,
    says: '',
  }))
  return [...stubs, ...bars]
}

/** `25 Nov 15:06, ok, 47 min, +212 ~18 −4, 1.3 GB`. */
export function sayRun(run: RunBrief): string {
  const at = formatMoment(run.finished_at ?? run.queued_at)
  return [at, wordOfEnded(run), formatDuration(run.seconds), formatResult(run)].filter(Boolean).join(', ')
}

/** `Last 20 runs: 17 ok, 3 failed`. */
export function sayStrip(bars: readonly Bar[]): string {
  const counts = new Map<Word, number>()
  for (const { word } of bars) if (word !== null) counts.set(word, (counts.get(word) ?? 0) + 1)
  if (counts.size === 0) return 'No runs yet'
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return `Last ${total === 1 ? 'run' : `${total} runs`}: ${[...counts].map(([word, count]) => `${count} ${word}`).join(', ')}`
}
