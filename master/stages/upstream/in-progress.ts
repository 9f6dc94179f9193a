// Asks an upstream whether it is in the middle of an update, as its own tools say by a file at its top.

import { listUpstream } from '../../../shared/rsync/list-upstream.ts'
import { addressFamily } from '../../../shared/rsync/options.ts'
import type { UpstreamVerify } from '../../../shared/schemas/run.ts'
import { sourceOf } from '../../../shared/source-of.ts'
import { createNameFilter } from '../../../shared/trees/name-filter.ts'
import { waitsFor } from '../../layouts/layouts.ts'
import { type AttemptRequest, failedWith, type UpstreamDeps, type UpstreamResult } from './attempt.ts'
import { connectTo } from './connection.ts'
import { passwordOf, rsyncToolsOf, upstreamOf } from './source.ts'

/** Of a name that an upstream gave, people are shown so many characters. */
const SHOWN = 100

/**
 * Why the upstream is to be left alone for now; null when it is not, when the project waits for nothing, and when the upstream
 * cannot be asked: the pull itself will say why.
 */
export async function whyInProgress(
  deps: UpstreamDeps,
  { project, signal, log }: AttemptRequest,
): Promise<string | null> {
  const patterns = waitsFor(project)
  if (patterns.length === 0 || sourceOf(project).kind !== 'rsync') return null
  const tools = rsyncToolsOf(deps)
  const { entries, error } = await listUpstream(
    { ...tools, timeoutS: tools.ioTimeoutS },
    {
      source: upstreamOf(project),
      password: passwordOf(deps, project),
      connect: connectTo(deps, project),
      family: addressFamily(project.rsync_options),
      names: patterns,
      signal,
    },
  )
  if (error !== null) log.writeLine(`[whether the upstream is being updated could not be asked: ${error}]`)
  // A server may tell of what it was not asked for.
  const isAsked = createNameFilter([...patterns.map((name) => ({ include: `/${name}` })), { exclude: '*' }])
  const found = entries?.find(({ name }) => isAsked(name, false))
  if (found === undefined) return null
  return `The upstream is being updated: it has ${JSON.stringify(found.name.slice(0, SHOWN))}.`
}

/** Of a tree that its own indices found whole, nothing is of another moment. */
const WHOLE: readonly string[] = ['whole', 'repaired']

/**
 * How an attempt ends whose upstream has begun an update while it was pulled: what came may be of two moments, and nothing of it
 * is published. Null when it has not, when nothing came, and when what came is known to be whole.
 */
export async function beganMeanwhile(
  deps: UpstreamDeps,
  request: AttemptRequest,
  { summary, verify }: Pick<UpstreamResult, 'summary'> & { verify?: UpstreamVerify | undefined },
): Promise<UpstreamResult | null> {
  if (summary === null || summary.added + summary.modified + summary.deleted === 0) return null
  if (verify !== undefined && WHOLE.includes(verify.state)) return null
  const why = await whyInProgress(deps, request)
  return why === null
    ? null
    : { ...failedWith(`${why} It began while the upstream was read.`), summary, isUpdating: true }
}
