// Asks the upstream, before a scan, whether there is anything new; every doubt leads to a scan.

import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { createPublicRule } from '../../../../shared/http/public-address.ts'
import type { RunLog } from '../../../../shared/logs/run-log.ts'
import { addressFamily } from '../../../../shared/rsync/options.ts'
import type { ProbeValue } from '../../../../shared/schemas/probe.ts'
import type { StoredProject } from '../../../../shared/schemas/project.ts'
import { showSource } from '../../../../shared/show-source.ts'
import { targetOf } from '../../../records/generations.ts'
import { settingsFor } from '../../../records/limits.ts'
import { type Asked, type ProbePlan, planProbe } from '../../../records/probe.ts'
import type { RunRequest } from '../../../records/run.ts'
import { filledSourceOf } from '../../../sources/sources.ts'
import { isOfRoot } from '../../../store/of-root.ts'
import type { Store } from '../../../store/store.ts'
import type { UpstreamDeps } from '../attempt.ts'
import { connectTo } from '../connection.ts'
import { CHANGED, hasOtherLocalFiles, readLocalFiles } from '../local-files.ts'
import { passwordOf, rsyncToolsOf, upstreamOf } from '../source.ts'
import { findProbe } from './auto.ts'
import { createFileProbe } from './by-file.ts'
import { createUrlProbe } from './by-url.ts'
import { ProbeFailed, type ProbeLimits, type ReadProbe } from './reading.ts'

export interface LookDeps {
  upstream: UpstreamDeps
  store: Pick<Store, 'findUser'>
  limits: ProbeLimits
  now: () => number
}

export interface LookRequest {
  project: StoredProject
  request: RunRequest
  signal: AbortSignal
  log: RunLog
}

/** What the look found. */
export interface Look {
  /** True when there is nothing new, and no scan is due. */
  ends: boolean
  /** True when a scan is due though there seems to be nothing new. */
  expectsNothing: boolean
  /** What was read, to be kept with the generation that the scan makes; null when nothing was. */
  value: ProbeValue | null
  /** Why the probe could not be made; null when it could, or none was asked for. */
  warning: string | null
}

const NOTHING_READ: Look = { ends: false, expectsNothing: false, value: null, warning: null }

/** Never rejects for a probe that fails. */
export async function lookAtUpstream(given: LookDeps, asked: LookRequest): Promise<Look> {
  const { project, request, log } = asked
  const upstream = { ...given.upstream, settings: settingsFor(given.upstream.settings, project) }
  const deps = { ...given, upstream }
  const found = await findProbe(upstream, project)
  const also = await whyScan(upstream, project)
  const plan = planProbe(project, request, deps.now(), upstream.settings.UPSTREAM_WALK_DAYS, { found, also })
  if (plan === null) return NOTHING_READ
  const name = nameOf(plan.probe, project)
  log.writeLine(`[probe of ${name}]`)
  try {
    const read = await makeProbe(deps, asked, plan)
    const reading = await read(plan.known)
    if (!reading.isSame || (await isServed(deps.upstream, project))) return conclude(plan, reading, log)
    log.writeLine('[the probe found nothing new, but the tree is not where it was; the upstream is scanned]')
    return { ...NOTHING_READ, value: reading.value }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (project.probe === 'auto' && project.generation === 0) {
      log.writeLine(`[the upstream has no such file: ${reason}]`)
      return NOTHING_READ
    }
    const warning = `The probe of ${name} failed, so the upstream was scanned: ${reason}`
    log.writeLine(`[warning: the probe failed, so the upstream is scanned: ${reason}]`)
    return { ...NOTHING_READ, warning }
  }
}

/** What cannot be read is told by the scan. */
async function whyScan({ settings, trees }: UpstreamDeps, project: StoredProject): Promise<string | null> {
  const local = await readLocalFiles(settings.DEST_ROOT, project).catch(() => null)
  return hasOtherLocalFiles(await trees.open(project), local) ? CHANGED : null
}

function conclude(plan: ProbePlan, { value, isSame }: Awaited<ReturnType<ReadProbe>>, log: RunLog): Look {
  const read = { ...NOTHING_READ, value }
  if (value === null) {
    log.writeLine('[what the probe read may change again within the second; the next run scans as well]')
    return read
  }
  if (plan.known === null) {
    log.writeLine(`[the probe was read for the next run; ${plan.reason}]`)
    return read
  }
  if (!isSame) {
    log.writeLine('[the probe found something new]')
    return read
  }
  const says = plan.isWalkDue ? 'a scan is due all the same (UPSTREAM_WALK_DAYS)' : 'the upstream is not scanned'
  log.writeLine(`[the probe found nothing new; ${says}]`)
  return { ...read, ends: !plan.isWalkDue, expectsNothing: plan.isWalkDue }
}

async function makeProbe(
  { upstream, store, limits }: LookDeps,
  { project, signal, log }: LookRequest,
  { probe }: ProbePlan,
): Promise<ReadProbe> {
  const isRoot = await isOfRoot(store, project)
  if (probe === 'source') return createSourceProbe(upstream, project, { isRoot, limits, signal, log })
  if ('url' in probe) {
    return createUrlProbe({
      url: probe.url,
      limits,
      rule: isRoot ? () => true : createPublicRule(),
      address: project.address ?? null,
      signal,
    })
  }
  const seconds = Math.ceil(limits.timeoutMs / 1000)
  return createFileProbe({
    tools: { ...rsyncToolsOf(upstream), ioTimeoutS: seconds, timeoutS: seconds },
    end: {
      source: upstreamOf(project),
      password: passwordOf(upstream, project),
      connect: connectTo(upstream, project),
      family: addressFamily(project.rsync_options),
      signal,
      log,
    },
    file: probe.file,
    folder: path.join(upstream.settings.DATA_DIR, 'probes', project.key),
    maxBytes: limits.maxBytes,
  })
}

/** A source knows itself what changes with it. */
function createSourceProbe(
  { settings, children, home }: UpstreamDeps,
  project: StoredProject,
  { isRoot: ofRoot, limits, ...around }: { isRoot: boolean; limits: ProbeLimits; signal: AbortSignal; log: RunLog },
): ReadProbe {
  return async (known) => {
    const late = AbortSignal.timeout(limits.timeoutMs)
    const signal = AbortSignal.any([around.signal, late])
    try {
      const value = await filledSourceOf(project)?.probe?.({ ...around, settings, children, home, ofRoot, signal })
      if (value === undefined) throw new ProbeFailed('its source has no probe')
      return { value, isSame: isDeepStrictEqual(value, known) }
    } catch (error) {
      if (late.aborted) throw new ProbeFailed(`it did not answer within ${limits.timeoutMs / 1000} seconds`)
      throw error
    }
  }
}

function nameOf(probe: Asked, project: StoredProject): string {
  if (probe === 'source') return showSource(project)
  return 'url' in probe ? probe.url : probe.file
}

/** False when the tree is not where it was: a probe would hide that, too. */
async function isServed({ trees }: UpstreamDeps, project: StoredProject): Promise<boolean> {
  const target = targetOf(project)
  return target !== null && (await trees.folderOf(project, target.tag)) !== null
}
