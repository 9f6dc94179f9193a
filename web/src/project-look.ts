// How a project looks in one line: its word, its colour, and who has to act: pure.

import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { RunBrief } from '../../shared/schemas/run-brief.ts'
import { formatDuration, formatResult, formatSince, formatSize } from './format.ts'

/** The words of states, which are also the names of their icons. */
export const WORDS = [
  'stuck',
  'failed',
  'blocked',
  'held',
  'waiting',
  'partial',
  'interrupted',
  'queued',
  'running',
  'to slaves',
  'publishing',
  'ok',
  'unchanged',
  'stopped',
  'disabled',
  'never',
] as const
export type Word = (typeof WORDS)[number]

/** Who has to act. */
export const GROUPS = ['Needs you', 'In progress or recovering', 'Healthy', 'Off or new'] as const
export type Group = (typeof GROUPS)[number]

interface Look {
  /** The name of its icon, and of its colour (`s-…` in the styles). */
  icon: string
  group: Group
}

const [NEEDS_YOU, MOVING, HEALTHY, OFF] = GROUPS
export const LOOKS: Readonly<Record<Word, Look>> = {
  stuck: { icon: 'stuck', group: NEEDS_YOU },
  failed: { icon: 'failed', group: NEEDS_YOU },
  blocked: { icon: 'blocked', group: NEEDS_YOU },
  held: { icon: 'held', group: NEEDS_YOU },
  waiting: { icon: 'waiting', group: MOVING },
  partial: { icon: 'partial', group: MOVING },
  interrupted: { icon: 'waiting', group: MOVING },
  queued: { icon: 'queued', group: MOVING },
  running: { icon: 'running', group: MOVING },
  'to slaves': { icon: 'running', group: MOVING },
  publishing: { icon: 'running', group: MOVING },
  ok: { icon: 'ok', group: HEALTHY },
  unchanged: { icon: 'unchanged', group: HEALTHY },
  stopped: { icon: 'disabled', group: OFF },
  disabled: { icon: 'disabled', group: OFF },
  never: { icon: 'never', group: OFF },
}

/** What a run that has not ended is doing. */
export function wordOfActive(run: Run, now = Date.now()): Word {
  if (run.state === 'queued') return 'queued'
  if (run.state === 'fanning_out') return 'to slaves'
  if (run.state === 'publishing') return 'publishing'
  return isWaiting(run, now) ? 'waiting' : 'running'
}

/** True between two attempts. */
function isWaiting({ upstream }: Run, now: number): boolean {
  const next = upstream.next_attempt_at
  return next !== undefined && next !== null && Date.parse(next) > now
}

/** How a run ended. */
export function wordOfEnded({ state, unchanged, error }: Pick<RunBrief, 'state' | 'unchanged' | 'error'>): Word {
  if (state === 'succeeded') return unchanged ? 'unchanged' : 'ok'
  if (state === 'blocked') return error?.code === 'UPSTREAM_NOT_WHOLE' ? 'held' : 'blocked'
  if (state === 'partial' || state === 'failed' || state === 'interrupted' || state === 'stopped') return state
  return state === 'queued' ? 'queued' : 'running'
}

/** The word for a project. `newest` is its last real run that has ended, if it is known. */
export function wordOf(project: ProjectView, active: Run | undefined, newest?: RunBrief, now = Date.now()): Word {
  if (project.stuck !== null && (active === undefined || active.state === 'queued')) return 'stuck'
  if (active !== undefined) return wordOfActive(active, now)
  if (!project.enabled) return 'disabled'
  if (project.last_run === null) return 'never'
  const { run, state } = project.last_run
  if (state === 'blocked' && project.held?.run === run) return 'held'
  return wordOfEnded({ state, unchanged: newest?.run === run && newest.unchanged, error: null })
}

/** What stands beside the word and below it. */
export interface Telling {
  detail: string
  reason: string
}

/** What is told of a project besides its word. `history` is newest first, as far as it is known. */
export function tell(
  project: ProjectView,
  word: Word,
  active: Run | undefined,
  history: readonly RunBrief[],
  now = Date.now(),
): Telling {
  if (word === 'stuck') return { detail: '', reason: project.stuck ?? '' }
  if (active !== undefined) return tellActive(word, active, now)
  const newest = history.find(({ run }) => run === project.last_run?.run)
  if (word === 'never') return { detail: '', reason: '' }
  if (word === 'held') return { detail: since(history, project, now), reason: project.held?.problems[0] ?? '' }
  if (LOOKS[word].group === NEEDS_YOU) {
    return { detail: since(history, project, now), reason: newest?.error?.message ?? '' }
  }
  if (word === 'partial' || word === 'interrupted') return { detail: '', reason: newest?.error?.message ?? '' }
  return { detail: newest === undefined || word !== 'ok' ? '' : formatResult(newest), reason: '' }
}

function tellActive(word: Word, run: Run, now: number): Telling {
  const { upstream, slaves } = run
  if (word === 'waiting') {
    const seconds = (Date.parse(upstream.next_attempt_at ?? '') - now) / 1000
    const limit = upstream.attempt_limit ? ` of ${upstream.attempt_limit}` : ''
    const detail = `retry in ${formatDuration(seconds)}, attempt ${run.attempt + 1}${limit}`
    return { detail, reason: upstream.error ?? '' }
  }
  if (word === 'running') {
    const { progress } = upstream
    if (progress === null) return { detail: '', reason: '' }
    const left = progress.eta_s === null ? '' : `, ${formatDuration(progress.eta_s)} left`
    return { detail: `${Math.floor(progress.percent)} %, ${formatSize(progress.rate)}/s${left}`, reason: '' }
  }
  if (word === 'queued') return { detail: '', reason: '' }
  const done = slaves.filter(({ state }) => state === 'succeeded' || state === 'prepared').length
  return { detail: `${done} of ${slaves.length} ${word === 'publishing' ? 'published' : 'prepared'}`, reason: '' }
}

/** How long the trouble has lasted: `since 21:04, 3 runs`. */
function since(history: readonly RunBrief[], { last_run }: ProjectView, now: number): string {
  const real = history.filter(({ dry_run, finished_at }) => !dry_run && finished_at !== null)
  const wellAt = real.findIndex(({ state }) => state === 'succeeded' || state === 'partial')
  const bad = wellAt === -1 ? real : real.slice(0, wellAt)
  const first = bad.at(-1)?.finished_at ?? last_run?.finished_at
  if (first === null || first === undefined) return ''
  return `since ${formatSince(first, now)}${bad.length > 0 ? `, ${bad.length} ${bad.length === 1 ? 'run' : 'runs'}` : ''}`
}

/** How far the run is, from 0 to 100, or null before that is known. Of the fan-out, how many slaves are done. */
export function percentOf(word: Word, { upstream, slaves }: Run): number | null {
  if (word === 'running') return upstream.progress === null ? null : Math.floor(upstream.progress.percent)
  if (word !== 'to slaves' && word !== 'publishing') return null
  const done = slaves.filter(({ state }) => state === 'succeeded' || state === 'prepared').length
  return slaves.length === 0 ? null : Math.floor((100 * done) / slaves.length)
}
