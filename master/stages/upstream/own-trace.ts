// The trace file that the master writes into a project's tree when it has been synced.

import { hostname } from 'node:os'
import type { Settings } from '../../../settings.ts'
import { showProgram } from '../../../shared/node/version.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { type TraceFacts, tracePath, traceText } from '../../../shared/traces/trace.ts'
import { readArchiveSerial, writeTraces } from '../../../shared/traces/write-traces.ts'
import { createTreeTools, type TreeTools } from '../../../shared/trees/tools.ts'
import { filledSourceOf } from '../../sources/sources.ts'
import type { AttemptRequest, UpstreamDeps } from './attempt.ts'

/** The path of the master's own trace below the project's tree; null for a project without. */
export function ownTracePath(
  { PUBLIC_NAME, MASTER_HOSTNAME }: Pick<Settings, 'PUBLIC_NAME' | 'MASTER_HOSTNAME'>,
  { trace }: Pick<StoredProject, 'trace'>,
): string | null {
  return trace ? tracePath(trace, PUBLIC_NAME || MASTER_HOSTNAME) : null
}

/** What the trace says of an attempt. */
export type OwnFacts = Pick<TraceFacts, 'began' | 'bytes'>

/** Writes it into `folder`, which holds the tree. A trace that cannot be written is no reason to fail. */
export async function writeOwnTrace(
  { settings, now }: Pick<UpstreamDeps, 'settings' | 'now'>,
  { project, request, log }: Pick<AttemptRequest, 'project' | 'request' | 'log'>,
  { folder, began, bytes }: OwnFacts & { folder: string },
  tools: Pick<TreeTools, 'keepTime'>,
): Promise<void> {
  const path = ownTracePath(settings, project)
  if (!project.trace || path === null) return
  const text = traceText(project.trace, {
    host: hostname(),
    creator: showProgram(),
    began,
    ended: now(),
    trigger: request.trigger === 'schedule' ? 'cron' : request.trigger,
    upstream: filledSourceOf(project)?.host ?? project.rsync_host,
    serial: project.trace.style === 'debian' ? await readArchiveSerial(folder) : null,
    bytes,
  })
  const problems = await writeTraces(folder, [{ path, text }], tools)
  for (const problem of problems) log.writeLine(`[warning: ${problem}]`)
}

/** Nothing is new, and the tree that is served is as fresh as its upstream. */
export async function refreshTrace(
  deps: UpstreamDeps,
  asked: Pick<AttemptRequest, 'project' | 'request' | 'signal' | 'log'>,
): Promise<void> {
  if (!asked.project.trace) return
  const tree = await deps.trees.open(asked.project)
  const live = tree.record.mode === 'atomic' ? tree.live() : null
  const folder = live === null ? tree.served : tree.folderOf(live)
  const tools = createTreeTools({ children: deps.children, home: deps.home, signal: asked.signal })
  await writeOwnTrace(deps, asked, { folder, began: deps.now(), bytes: 0 }, tools)
}
