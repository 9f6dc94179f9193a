// Trees of web servers, object stores, WebDAV, sftp and ftp, by the system's rclone. What it says is checked before anything is believed.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { atField, RoleForbidden } from '../../../shared/errors.ts'
import { partsOf, type RcloneParts } from '../../../shared/rclone-parts.ts'
import type { RcloneKind } from '../../../shared/schemas/rclone-source.ts'
import { type Filled, type FilledSource, type FillJob, notFilled, type SourceProbe } from '../source-kind.ts'
import type { RcloneLimits } from './argv.ts'
import type { RcloneSurroundings } from './call-rclone.ts'
import { knownHostsText } from './environment.ts'
import { listTop, lookAtRemote } from './look-at-remote.ts'
import { assertOptions, RULES } from './options.ts'
import { RcloneFailed } from './rclone-failed.ts'
import { updateTree } from './update-tree.ts'

export function rcloneSource(kind: RcloneKind): FilledSource {
  const source = partsOf(kind)
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

function hostOf({ remote, url, endpoint, auth, storage_url, host }: RcloneParts): string {
  const address = url ?? endpoint ?? auth ?? storage_url ?? ''
  if (URL.canParse(address)) return new URL(address).host
  return host?.toLowerCase() ?? (remote === 's3' ? 's3.amazonaws.com' : '')
}

async function look(source: RcloneParts, asked: SourceProbe) {
  const folder = await mkdtemp(path.join(tmpdir(), 'mirrorfleet-'))
  try {
    const limits = limitsOf(source, asked.settings, null)
    return await listTop(await surround(source, asked, folder), limits)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function surround(
  source: RcloneParts,
  around: RcloneSurroundings['around'],
  folder: string,
): Promise<RcloneSurroundings> {
  const knownHosts = path.join(folder, 'known_hosts')
  await writeFile(knownHosts, knownHostsText(source), { mode: 0o600 })
  return { around, source, knownHosts }
}

function limitsOf(
  { remote }: RcloneParts,
  { RSYNC_IO_TIMEOUT_S: silenceS }: FillJob['settings'],
  bytesPerSecond: number | null,
): RcloneLimits {
  return { silenceS, bytesPerSecond, atOnce: RULES[remote].atOnce }
}

async function fill(source: RcloneParts, job: FillJob): Promise<Filled> {
  const tree = path.join(job.place, 'tree')
  try {
    await mkdir(job.place, { recursive: true, mode: 0o700 })
    const surroundings = await surround(source, job, job.place)
    const limits = limitsOf(source, job.settings, job.bytesPerSecond)
    const seen = await lookAtRemote(surroundings, limits, job.mode === 'full')
    return await updateTree(job, { surroundings, limits, tree }, seen)
  } catch (error) {
    if (job.signal.aborted) return notFilled(tree, 'stopped', 'stopped')
    if (!(error instanceof RcloneFailed)) throw error
    return notFilled(tree, error.outcome, error.message, error.exitCode)
  }
}
