// Asks an upstream whether it is in the middle of an update, as its own tools say by a file at its top.

import { listUpstream } from '../../../shared/rsync/list-upstream.ts'
import { addressFamily } from '../../../shared/rsync/options.ts'
import { sourceOf } from '../../../shared/source-of.ts'
import { createNameFilter } from '../../../shared/trees/name-filter.ts'
import { waitsFor } from '../../layouts/layouts.ts'
import type { AttemptRequest, UpstreamDeps } from './attempt.ts'
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
