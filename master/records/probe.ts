// Decides whether a run asks the upstream before it scans, and what the answer counts for: pure.

import { createHash } from 'node:crypto'
import { isOver } from '../../shared/flow/is-over.ts'
import type { Probe, Probed, ProbeValue } from '../../shared/schemas/probe.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { basicProperties } from '../../shared/schemas/project-request.ts'
import { targetOf } from './generations.ts'
import type { RunRequest } from './run.ts'

/** What is asked: the project's own probe, one that was found by its layout, or what its source itself knows. */
export type Asked = Probe | 'source'

/** `known` is what the answer is compared with; null when the answer is only kept for later, because of `reason`. */
export type ProbePlan =
  | { probe: Asked; known: ProbeValue; isWalkDue: boolean }
  | { probe: Asked; known: null; reason: string }

const DAY_MS = 86_400_000
/** Ends after which the tree is what the run before found. */
const SMOOTH_ENDS: readonly string[] = ['succeeded', 'partial']

/** The probe of a project: its own, or the one that was found for it. The one place that says which it is. */
function resolveProbe({ probe }: Pick<StoredProject, 'probe'>, found: Asked | null): Asked | null {
  return probe === 'auto' ? found : (probe ?? found)
}

/**
 * Whether to probe; null for a project without a probe, and for a dry run, which is asked to look. A full or forced run,
 * and one that cannot rely on the run before, scan whatever the answer is. `now` is in milliseconds since 1970. `found` is the probe
 * of a project that leaves it to its layout or source, `also` another reason to scan.
 */
export function planProbe(
  project: StoredProject,
  request: Pick<RunRequest, 'mode' | 'force' | 'dryRun'>,
  now: number,
  walkDays: number,
  { found = null, also = null }: { found?: Asked | null; also?: string | null } = {},
): ProbePlan | null {
  const probe = resolveProbe(project, found)
  if (probe === null || request.dryRun) return null
  const probed = project.probed ?? null
  const reason = reasonToScan(project, request, probed) ?? also
  if (reason !== null || probed === null) return { probe, known: null, reason: reason ?? '' }
  const isWalkDue = isOver(probed.scanned_at, walkDays * DAY_MS, now)
  return { probe, known: probed.value, isWalkDue }
}

function reasonToScan(
  project: StoredProject,
  { mode, force }: Pick<RunRequest, 'mode' | 'force'>,
  probed: Probed | null,
): string | null {
  if (mode === 'full' || force) return 'a full or forced run scans in any case'
  if (project.last_run !== null && !SMOOTH_ENDS.includes(project.last_run.state))
    return 'the run before did not succeed'
  if (probed === null) return 'the run before read nothing'
  if (probed.settings !== digestSettings(project)) return 'the settings of the project have changed'
  // After a rollback, or when too few slaves were prepared.
  if (targetOf(project)?.tag !== probed.tag) return 'the fleet does not serve the newest generation'
  return null
}

/** The reading to be stored with a generation. `now` is in milliseconds since 1970. */
export function makeProbed(project: StoredProject, value: ProbeValue, tag: string, now: number): Probed {
  return { value, tag, settings: digestSettings(project), scanned_at: new Date(now).toISOString() }
}

/** Of everything that a request may set but the schedule: a setting that is added later counts by itself. */
function digestSettings(project: StoredProject): string {
  const stored = Object(project) as Record<string, unknown>
  const settings = Object.keys(basicProperties)
    .sort()
    .map((name) => [name, stored[name] ?? null])
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex')
}
