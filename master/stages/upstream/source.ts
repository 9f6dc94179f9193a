// Makes the source that a project's tree is filled from.

import { existsSync } from 'node:fs'
import { createRsyncSource, type RsyncEnd, type RsyncTools } from '../../../shared/rsync/pull.ts'
import type { RsyncSource } from '../../../shared/rsync/source.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { Source } from '../../../shared/schemas/source.ts'
import { showSource } from '../../../shared/show-source.ts'
import { sourceOf } from '../../../shared/source-of.ts'
import { createLook } from '../../../shared/trees/look.ts'
import type { TreeSource } from '../../../shared/trees/source.ts'
import { sparing } from '../../../shared/trees/sparing.ts'
import { keepsNanoseconds } from '../../../shared/trees/time-grain.ts'
import { layoutOf, waitsFor } from '../../layouts/layouts.ts'
import { bandwidthAt, bytesOf, withBwlimit } from '../../records/bandwidth.ts'
import { firstHopOptions } from '../../records/first-hop.ts'
import { parseSecrets, putSecrets } from '../../sources/secrets.ts'
import { type Filled, type FilledSource, notFilled } from '../../sources/source-kind.ts'
import { filledSourceOf } from '../../sources/sources.ts'
import { projectFolder } from '../master-trees.ts'
import { createLeftOut } from '../verify/left-out.ts'
import type { AttemptRequest, UpstreamDeps } from './attempt.ts'
import { connectTo } from './connection.ts'
import { endedSmoothly, percentOf } from './guard.ts'
import { withLocalFiles } from './lay-local-files.ts'
import { LOCAL_OPTIONS, type LocalFiles, LocalFilesError, readLocalFiles } from './local-files.ts'
import { ownTracePath } from './own-trace.ts'
import { createSettledSource, type Settling } from './settled-source.ts'

/** A source to pull from, or how it could not be read. */
export type OpenedSource = { source: TreeSource; local: LocalFiles | null } | { ended: Filled }

/**
 * The project's upstream, for the pulls of one attempt. What is not rsync is read first, into a tree of its own: only rsync
 * replaces files by renames, and so can write to a folder that shares files with what is served. From there on the tree is the
 * upstream, and everything is the same for all kinds.
 */
export async function openUpstreamSource(deps: UpstreamDeps, attempt: AttemptRequest): Promise<OpenedSource> {
  const { project } = attempt
  const tree = await deps.trees.open(project)
  if (!attempt.request.dryRun) await tree.prepare()
  const local = await readLocal(deps, project)
  if (typeof local === 'string') return { ended: notFilled('', 'operator', local) }
  const keeps = await keepsNanoseconds(tree.control, {
    children: deps.children,
    home: deps.home,
    signal: attempt.signal,
  })
  const settling = await settlingOf(deps, attempt, tree.namesFile)
  const settled = (source: TreeSource) => createSettledSource(source, settling)
  const filledSource = filledSourceOf({ source: usedSource(deps, project) })
  const trace = ownTracePath(deps.settings, project)
  const lay = (upstream: TreeSource, hasFolder: (name: string) => boolean) => {
    const source = sparing(upstream, trace === null ? [] : [trace])
    if (local === null) return source
    const pullLocal = pullFromFolder(deps, attempt, { folder: local.folder, keepsNanoseconds: keeps })
    return withLocalFiles(source, local, { pullLocal, namesFile: tree.namesFile, hasFolder })
  }
  if (filledSource === null) {
    const source = withoutPassing(settled(pullFromUpstream(deps, attempt, keeps)), project)
    // A name that an upstream does not have is left alone.
    return { source: lay(source, () => true), local }
  }
  const filled = await fill(deps, attempt, filledSource)
  const { outcome, error } = filled
  if (filled.refusal !== null || !['success', 'noted'].includes(outcome)) return { ended: filled }
  if (error !== null) attempt.log.writeLine(`[${error}]`)
  const source = createRsyncSource(rsyncToolsOf(deps), {
    ...surroundingsOf(attempt),
    source: { local: filled.tree },
    password: null,
    trusted: !filledSource.isAlive,
    toleratedCodes: [],
    exactTimes: true,
    keepsNanoseconds: keeps,
  })
  const look = createLook(filled.tree)
  return {
    source: lay(withoutPassing(settled(asFilled(source, filled)), project), (name) => look.kindOf(name) === 'folder'),
    local,
  }
}

/** The operator's own files, or why they cannot be taken. */
async function readLocal({ settings }: UpstreamDeps, project: StoredProject): Promise<LocalFiles | null | string> {
  try {
    return await readLocalFiles(settings.DEST_ROOT, project)
  } catch (error) {
    if (error instanceof LocalFilesError) return error.message
    throw error
  }
}

function pullFromFolder(
  deps: UpstreamDeps,
  attempt: AttemptRequest,
  { folder, keepsNanoseconds }: { folder: string; keepsNanoseconds: boolean },
): TreeSource {
  return createRsyncSource(rsyncToolsOf(deps), {
    ...surroundingsOf(attempt),
    options: LOCAL_OPTIONS,
    source: { local: folder },
    // They are the upstream's, where it has them.
    leavesFolders: true,
    password: null,
    trusted: true,
    toleratedCodes: [],
    exactTimes: true,
    keepsNanoseconds,
  })
}

/** `keepsNanoseconds` is about the file system that is pulled to. */
export function pullFromUpstream(deps: UpstreamDeps, attempt: AttemptRequest, keepsNanoseconds = true): TreeSource {
  const { project } = attempt
  return createRsyncSource(rsyncToolsOf(deps), {
    ...surroundingsOf(attempt),
    options: withBwlimit(firstHopOptions(project), bandwidthAt(project, deps.now())),
    source: upstreamOf(project),
    password: passwordOf(deps, project),
    connect: connectTo(deps, project),
    trusted: false,
    toleratedCodes: project.tolerated_exit_codes ?? [],
    // After a switch the same file may have another fraction of a second, and would be fetched again.
    exactTimes: (project.pulled_from ?? showSource(project)) === showSource(project),
    keepsNanoseconds,
  })
}

/** After a run that did not succeed, what it has brought is looked at too. */
async function settlingOf(deps: UpstreamDeps, attempt: AttemptRequest, namesFile: string): Promise<Settling> {
  const { project, number, signal, log } = attempt
  const isFirst = number === 1 && (project.last_run === null || endedSmoothly(project))
  const since = Date.parse(project.last_success_at ?? project.created_at)
  const earlier = isFirst ? null : { since, names: await deps.changes.sinceLast(project.key) }
  return { namesFile, began: deps.now(), earlier, signal, log }
}

function usedSource({ box }: UpstreamDeps, project: StoredProject): Source {
  const { source_secrets: sealed = null } = project
  return sealed === null ? sourceOf(project) : putSecrets(sourceOf(project), parseSecrets(box.open(sealed)))
}

function surroundingsOf({
  project,
  request,
  signal,
  log,
  onProgress,
}: AttemptRequest): Pick<RsyncEnd, 'options' | 'checksum' | 'signal' | 'log' | 'onProgress'> {
  return { options: firstHopOptions(project), checksum: request.mode === 'full', signal, log, onProgress }
}

async function fill(deps: UpstreamDeps, attempt: AttemptRequest, source: FilledSource): Promise<Filled> {
  const { settings, children, home, trees, isOfRoot } = deps
  const { project, request, target, signal, log, onProgress } = attempt
  const served = projectFolder(settings.DEST_ROOT, project)
  const limit = bandwidthAt(project, deps.now())
  return source.fill({
    settings,
    children,
    home,
    project,
    generation: target.generation,
    place: (await trees.open(project)).sourceFolder,
    served: project.generation > 0 && existsSync(served) ? served : null,
    mode: request.mode,
    isLeftOut: createLeftOut(project),
    bytesPerSecond: limit === null ? null : bytesOf(limit),
    force: request.force,
    ofRoot: await isOfRoot(project),
    guardPercent: percentOf(settings, project),
    signal,
    log,
    onProgress,
  })
}

/** The way from one folder to another costs no traffic. What was tolerated when the tree was filled holds for all of its pulls. */
function asFilled(source: TreeSource, { bytes, tolerated, error, exitCode }: Filled): TreeSource {
  let counted = false
  return async (pull) => {
    const result = await source(pull)
    const errors = result.summary.errors + (tolerated && !counted ? 1 : 0)
    const summary = { ...result.summary, errors, bytes_transferred: counted ? 0 : bytes }
    counted = true
    if (!tolerated || result.outcome !== 'success') return { ...result, summary }
    return { ...result, outcome: 'noted', exitCode, error, tolerated, summary }
  }
}

/** What an archive's tools have in the tree while they work is never mirrored. A list names what was looked at without it. */
function withoutPassing(source: TreeSource, project: StoredProject): TreeSource {
  const left = layoutOf(project).passing.map((exclude) => ({ exclude }))
  const hidden = waitsFor(project).map((name) => `/${name}`)
  if (left.length + hidden.length === 0) return source
  return (pull) =>
    source(pull.list === undefined ? { ...pull, hidden, filters: [...left, ...(pull.filters ?? [])] } : pull)
}

export function rsyncToolsOf({ settings, home, children }: UpstreamDeps): RsyncTools {
  return {
    bin: settings.RSYNC_BIN,
    home,
    children,
    ioTimeoutS: settings.RSYNC_IO_TIMEOUT_S,
    timeoutS: settings.SYNC_TIMEOUT_S,
  }
}

export function passwordOf({ box }: Pick<UpstreamDeps, 'box'>, { rsync_password }: StoredProject): string | null {
  return rsync_password === null ? null : box.open(rsync_password)
}

/** As the original: with a password but no user, the user is the project's name. */
export function upstreamOf(project: StoredProject): RsyncSource {
  return {
    user: project.rsync_user ?? (project.rsync_password === null ? null : project.project),
    host: project.rsync_host,
    port: project.rsync_port,
    path: project.rsync_module,
  }
}
