// The upstream stage of a run: attempts, each in its turn, until one succeeds or no further one is due.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../../../settings.ts'
import type { LimitedQueue } from '../../../shared/flow/limited-queue.ts'
import { throttle } from '../../../shared/flow/throttle.ts'
import type { RunLog } from '../../../shared/logs/run-log.ts'
import type { ProbeValue } from '../../../shared/schemas/probe.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { limitsOf } from '../../../shared/schemas/project-limits.ts'
import type { Progress } from '../../../shared/schemas/run.ts'
import { showSource } from '../../../shared/show-source.ts'
import { addSummaries } from '../../../shared/trees/pull-passes.ts'
import type { Anchor } from '../../../shared/trees/tree-record.ts'
import { askBefore } from '../../hooks/ask-before.ts'
import { settingsFor } from '../../records/limits.ts'
import { type AttemptEnd, endedUpstream, enterAttempt, priorityOf, waitingUpstream } from '../../records/run.ts'
import { hasSeveral, judgeWay, type Way, waysOf } from '../../records/ways.ts'
import { hostOf } from '../../sources/sources.ts'
import type { RunHandle } from '../run-handle.ts'
import {
  type AttemptRequest,
  blocked,
  failedWith,
  UNCHANGED,
  type UpstreamDeps,
  type UpstreamResult,
} from './attempt.ts'
import { refreshTrace } from './own-trace.ts'
import type { Look, LookRequest } from './probe/look.ts'
import { type Next, planNext, type Tried } from './retry.ts'
import { makeAttempt } from './upstream.ts'

export interface UpstreamAttemptsDeps {
  settings: Pick<Settings, 'RETRY_LIMIT' | 'RETRY_BACKOFF_S' | 'UPSTREAM_WAIT_S'>
  openLog: (run: string) => RunLog
  /** Gives each attempt its turn, by the upstream's host. Between attempts others may have it. */
  turns: LimitedQueue
  upstream: UpstreamDeps
  /** Asks the upstream, before the first attempt, whether there is anything new. */
  look: (asked: LookRequest) => Promise<Look>
  now: () => number
}

/** How the stage ended, and what the probe has to do with it. */
export interface UpstreamEnd extends UpstreamResult {
  /** What the probe read before the first attempt, for the generation that was made. */
  probed: ProbeValue | null
  /** The upstream that was used, as people read it. */
  from: string
  /** What a scan found though the probe had found nothing new; null when it did not say so. */
  drift: number | null
}

/**
 * Brings the project's tree on the master to the target, unless the probe finds nothing new. Rejects when the run was
 * aborted while it waited.
 */
export type UpstreamAttempts = (active: RunHandle, project: StoredProject, target: Anchor) => Promise<UpstreamEnd>

const PROGRESS_MS = 1_000

export function createUpstreamAttempts(deps: UpstreamAttemptsDeps): UpstreamAttempts {
  const { RETRY_LIMIT, RETRY_BACKOFF_S: backoffS, UPSTREAM_WAIT_S: waitS } = deps.settings
  return async (active, project, target) => {
    const patience = { retryLimit: limitsOf(project).retry_limit ?? RETRY_LIMIT, backoffS, waitS }
    const log = deps.openLog(active.run.run)
    const stage: Stage = { active, target, log, looks: new Map(), refused: [], warnings: [], mayBegin: null }
    const picked = active.request.upstream ?? null
    let ways = waysOf(project, picked)
    try {
      if (ways.length === 0) {
        // It was taken off the list while the run waited.
        const gone = failedWith(`The project has no upstream ${picked} any more.`)
        return { ...gone, outcome: 'permanent', probed: null, drift: null, from: showSource(project) }
      }
      for (let tried: Tried = { number: 1, waitedMs: 0 }; ; ) {
        const { result, look, from, left } = await tryWays(deps, stage, ways, tried.number)
        ways = left
        if (look === null || result.outcome === 'unchanged') return { ...result, probed: null, drift: null, from }
        const next = planNext(result, tried, patience, Math.random())
        if (next === null) return { ...endWith(asLast(result, waitS), look, stage), from }
        await waitForNext(deps, stage, result, tried.number, next)
        tried = next.tried
      }
    } finally {
      log.finish()
    }
  }
}

/** Says what to do where the run has waited in vain. */
function asLast(result: UpstreamResult, waitS: number): UpstreamResult {
  if (!result.isUpdating) return result
  const error = `${result.error} The run has waited for ${waitS} s (UPSTREAM_WAIT_S). If no update is under way, the file is to be removed there, or wait_for changed.`
  return { ...result, error }
}

/** The upstream stage of one run. */
interface Stage {
  active: RunHandle
  target: Anchor
  log: RunLog
  /** What the probe of each upstream said, by the upstream's number. */
  looks: Map<number, Look>
  /** Of upstreams that refused, and are not asked again. */
  refused: string[]
  /** Of upstreams that could not be used in the latest round. */
  warnings: string[]
  /** What the project's own command said before the first attempt: why the run may not begin, or null. */
  mayBegin: Promise<string | null> | null
}

/** What came of asking one upstream after the other. `left` are those that may be asked again; `look` is that of the last one. */
interface Round {
  result: UpstreamResult
  look: Look | null
  from: string
  left: Way[]
}

/** Asks each upstream in its turn, until one answers. What was fetched is kept: the next one brings only the rest. */
async function tryWays(deps: UpstreamAttemptsDeps, stage: Stage, ways: readonly Way[], number: number): Promise<Round> {
  const { active, log, refused, warnings } = stage
  warnings.length = 0
  let left = [...ways]
  let anyUpdating = false
  for (const [index, way] of ways.entries()) {
    const from = showSource(way.project)
    const result = await tryWay(deps, stage, way, number)
    const look = stage.looks.get(way.number) ?? null
    anyUpdating ||= result.isUpdating === true
    const verdict = ways.length === 1 ? 'here' : judgeWay(result)
    if (verdict === 'here') return { result, look, from, left }
    const warning = result.error?.startsWith(from) ? result.error : `${from}: ${result.error}`
    if (verdict === 'refused') left = left.filter((one) => one !== way)
    ;(verdict === 'refused' ? refused : warnings).push(warning)
    if (index < ways.length - 1) {
      log.writeLine(`[${warning}; the next upstream is asked]`)
      await noteEnd(deps, active, result)
      continue
    }
    // All have failed. They are asked again later, unless each of them refused.
    const outcome = left.length === 0 ? 'permanent' : 'retry'
    const error = [...refused, ...warnings.splice(0)].join('; ')
    const { isUpdating: _, ...failed } = result
    const waits = anyUpdating && left.length > 0 ? { isUpdating: true as const } : {}
    return { result: { ...failed, ...waits, outcome, error }, look, from, left }
  }
  throw new Error('there is no upstream to ask')
}

function tryWay(
  deps: UpstreamAttemptsDeps,
  stage: Stage,
  { number: way, project }: Way,
  number: number,
): Promise<UpstreamResult> {
  const { active, target, log, looks } = stage
  const { request, signal } = active
  const { max_syncs_per_host: perKey } = limitsOf(project)
  const turn = { id: active.run.run, key: hostOf(project), perKey, priority: priorityOf(request, project), signal }
  return deps.turns.run(turn, async () => {
    const at = isoNow(deps)
    await active.start((run) => enterAttempt(run, number, at, hasSeveral(project) ? way : undefined))
    stage.mayBegin ??= askBefore(deps.upstream, { project, active, writeLine: log.writeLine })
    const refusal = await stage.mayBegin
    if (refusal !== null) return blocked(null, { code: 'HOOK_REFUSED', message: refusal })
    const look = looks.get(way) ?? (await deps.look({ project, request: active.request, signal, log }))
    looks.set(way, look)
    if (!look.ends) return attempt(deps, active, { project, target, number, log })
    await refreshTrace(deps.upstream, { project, request, signal, log })
    return UNCHANGED
  })
}

async function attempt(
  deps: UpstreamAttemptsDeps,
  active: RunHandle,
  given: Pick<AttemptRequest, 'project' | 'target' | 'number' | 'log'>,
): Promise<UpstreamResult> {
  const progress = throttle<Progress>(PROGRESS_MS, (now) =>
    active.show((run) => ({ ...run, upstream: { ...run.upstream, progress: now } })),
  )
  const { request, signal } = active
  try {
    const upstream = { ...deps.upstream, settings: settingsFor(deps.upstream.settings, given.project) }
    const result = await makeAttempt(upstream, { ...given, request, signal, onProgress: progress.call })
    progress.flush()
    return result
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    given.log.writeLine(`[${message}]`)
    const outcome = active.signal.aborted ? 'stopped' : 'permanent'
    await noteEnd(deps, active, { outcome, exitCode: null, summary: null, error: message })
    throw error
  }
}

/** The last attempt's end, with what the probe had said before. */
function endWith(
  result: UpstreamResult,
  look: Look,
  { active, log, refused, warnings }: Stage,
): Omit<UpstreamEnd, 'from'> {
  const { run } = active
  const notes = [...refused, ...warnings, result.error ?? look.warning].filter((one) => one !== null)
  const error = result.code === null && notes.length > 0 ? notes.join('; ') : result.error
  // What did not come is asked for again, whatever the probe finds.
  const ended = { ...result, error, probed: result.tolerated ? null : look.value, drift: null }
  if (!look.expectsNothing || result.code !== null || result.summary === null) return ended
  // Earlier attempts may have brought some of it.
  const { added, modified, deleted } = addSummaries(run.upstream.summary, result.summary)
  const drift = added + modified + deleted
  log.writeLine(`[the probe had found nothing new; the scan found ${drift} changes that it missed]`)
  return { ...ended, drift }
}

async function noteEnd(deps: UpstreamAttemptsDeps, active: RunHandle, end: AttemptEnd): Promise<void> {
  await active.change((run) => ({ ...run, upstream: endedUpstream(run.upstream, end, isoNow(deps)) }))
}

async function waitForNext(
  deps: UpstreamAttemptsDeps,
  { active, log }: Stage,
  end: AttemptEnd,
  number: number,
  { pause, limit }: Next,
): Promise<void> {
  const next = { at: new Date(deps.now() + pause).toISOString(), limit }
  await active.change((run) => ({ ...run, upstream: waitingUpstream(run.upstream, end, isoNow(deps), next) }))
  const seconds = Math.round(pause / 1000)
  log.writeLine(
    limit === null
      ? `[${end.error} It is looked at again in ${seconds} s]`
      : `[attempt ${number} failed; the next of at most ${limit} comes in ${seconds} s]`,
  )
  await sleep(pause, undefined, { signal: active.signal })
}

function isoNow({ now }: UpstreamAttemptsDeps): string {
  return new Date(now()).toISOString()
}
