// Trees of web servers, object stores, WebDAV, sftp and ftp, by the system's rclone. What it says is checked before anything is believed.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { atField, RoleForbidden } from '../../../shared/errors.ts'
import type { RcloneKind } from '../../../shared/schemas/rclone-source.ts'
import {
  type Filled,
  type FilledSource,
  type FillJob,
  filled,
  notFilled,
  refused,
  type SourceProbe,
} from '../source-kind.ts'
import type { RcloneLimits } from './argv.ts'
import type { RcloneSurroundings } from './call-rclone.ts'
import { knownHostsText } from './environment.ts'
import { fetchFiles } from './fetch-files.ts'
import { listTop, lookAtRemote, type RemoteSeen } from './look-at-remote.ts'
import { assertOptions } from './options.ts'
import { judgePlan, planSync, withoutDeletes } from './plan.ts'
import { RcloneFailed } from './rclone-failed.ts'
import { addSums, openWorkTree, removeFiles, removeFolders, type WorkTree } from './work-tree.ts'

export function rcloneSource(source: RcloneKind): FilledSource {
  return {
    check: ({ byRoot, isNew }) => {
      if (isNew && !byRoot) {
        // rclone goes wherever a server sends it, and resolves names by itself.
        const message = 'source.kind: only a user with the role root may have rclone reach an address'
        throw atField(new RoleForbidden(message), 'source.kind')
      }
      assertOptions(source)
    },
    host: hostOf(source),
    guard: 'share',
    stages: 'single',
    isAlive: false,
    mayBePartial: source.tolerate_unreadable === true,
    mayBeEmpty: false,
    look: (asked) => look(source, asked),
    fill: (job) => fill(source, job),
  }
}

function hostOf({ remote, url, endpoint, auth, storage_url, host }: RcloneKind): string {
  const address = url ?? endpoint ?? auth ?? storage_url ?? ''
  if (URL.canParse(address)) return new URL(address).host
  return host?.toLowerCase() ?? (remote === 's3' ? 's3.amazonaws.com' : '')
}

async function look(source: RcloneKind, asked: SourceProbe) {
  const folder = await mkdtemp(path.join(tmpdir(), 'mirrorfleet-'))
  try {
    const limits = { silenceS: asked.settings.RSYNC_IO_TIMEOUT_S, bytesPerSecond: null }
    return await listTop(await surround(source, asked, folder), limits)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function surround(
  source: RcloneKind,
  around: RcloneSurroundings['around'],
  folder: string,
): Promise<RcloneSurroundings> {
  const knownHosts = path.join(folder, 'known_hosts')
  await writeFile(knownHosts, knownHostsText(source), { mode: 0o600 })
  return { around, source, knownHosts }
}

async function fill(source: RcloneKind, job: FillJob): Promise<Filled> {
  const tree = path.join(job.place, 'tree')
  try {
    await mkdir(job.place, { recursive: true, mode: 0o700 })
    const surroundings = await surround(source, job, job.place)
    const limits = { silenceS: job.settings.RSYNC_IO_TIMEOUT_S, bytesPerSecond: job.bytesPerSecond }
    const seen = await lookAtRemote(surroundings, limits, job.mode === 'full')
    const noted = judgeSeen(source, job, seen)
    return await update(job, { surroundings, limits, seen, noted, tree })
  } catch (error) {
    if (job.signal.aborted) return notFilled(tree, 'stopped', 'stopped')
    if (!(error instanceof RcloneFailed)) throw error
    return notFilled(tree, error.outcome, error.message, error.exitCode)
  }
}

/** What of the remote could not be seen and is tolerated, in words; null for nothing. @throws {RcloneFailed} when it is not tolerated. */
function judgeSeen(
  { tolerate_unreadable: tolerates = false }: RcloneKind,
  { log }: FillJob,
  { files, odd, unreadable, failed }: RemoteSeen,
): string | null {
  for (const [name, reason] of odd) log.writeLine(`[left out, since ${reason}: ${JSON.stringify(name)}]`)
  if (failed !== null) {
    if (!tolerates || files.size === 0) throw failed
    return failed.message
  }
  const [first] = unreadable
  if (first === undefined) return null
  const what = `${unreadable.length} files are shown by the remote and cannot be read, such as ${JSON.stringify(first)}`
  if (tolerates) return `${what}; they are kept as they were.`
  const advice = 'nothing was fetched or deleted. To mirror the others all the same, set source.tolerate_unreadable.'
  throw new RcloneFailed('once', `${what}; ${advice}`, null)
}

interface Update {
  surroundings: RcloneSurroundings
  limits: RcloneLimits
  seen: RemoteSeen
  noted: string | null
  tree: string
}

async function update(job: FillJob, { surroundings, limits, seen, noted, tree }: Update): Promise<Filled> {
  const { log, mode, guardPercent, force, signal } = job
  const isWhole = seen.failed === null
  const ours = await openWorkTree(tree)
  const theirs = new Map(seen.files)
  // What cannot be read is as it was.
  for (const name of seen.unreadable) keep(ours, theirs, name)
  if (mode === 'full') await addSums(tree, ours.files, theirs, signal)
  const planned = planSync(ours.files, theirs, mode === 'full')
  const refusal = judgePlan(
    { had: ours.files.size, found: theirs.size, lost: isWhole ? planned.lost : 0 },
    guardPercent,
    force,
  )
  if (refusal !== null) return refused(tree, refusal)
  const plan = isWhole ? planned : withoutDeletes(planned, ours.files)
  log.writeLine(`[${theirs.size} files there, ${plan.fetch.length} to fetch, ${plan.gone.length} gone]`)
  await removeFiles(tree, plan.inTheWay)
  await removeFolders(tree, ours.folders, theirs)
  const fetched = await fetchFiles(job, surroundings, limits, { plan, theirs, tree })
  if (fetched.failed !== null && !surroundings.source.tolerate_unreadable) throw fetched.failed
  const error = fetched.failed?.message ?? noted
  const isPartial = !isWhole || fetched.failed !== null
  if (!isPartial) {
    const removed = new Set(plan.inTheWay)
    await removeFiles(
      tree,
      plan.gone.filter((name) => !removed.has(name)),
    )
    await removeFolders(tree, ours.folders, theirs)
  }
  const done = filled(tree, fetched.bytes)
  return error === null ? done : { ...done, outcome: 'noted', error, tolerated: isPartial }
}

/** Takes a file for the same as it is here; one that is not here is not there either. */
function keep(
  { files }: WorkTree,
  theirs: Map<string, { size: number | null; time: bigint | null }>,
  name: string,
): void {
  const facts = files.get(name)
  if (facts !== undefined) theirs.set(name, facts)
}
