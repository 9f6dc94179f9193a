// One attempt of the upstream stage: rsync from the project's upstream into its tree, while there is room on the disk.

import { mkdir } from 'node:fs/promises'
import { freeMib, watchFreeSpace } from '../../../shared/trees/free-space.ts'
import { assertReallyInside } from '../../../shared/trees/paths.ts'
import { projectFolder } from '../master-trees.ts'
import { runAtomic } from './atomic.ts'
import { runInPlace } from './in-place.ts'
import type { Attempt, UpstreamDeps, UpstreamResult } from './pass.ts'

/** What the stage is asked for: all that its passes need but what it makes itself. */
export type UpstreamRequest = Omit<Attempt, 'recorder' | 'onDoubt'>

/** Runs one attempt. @throws {InvalidPath} when the folder has come to lead outside DEST_ROOT since it was added. */
export async function runUpstreamStage(deps: UpstreamDeps, attempt: UpstreamRequest): Promise<UpstreamResult> {
  const { DEST_ROOT, DISK_FLOOR_MB } = deps.settings
  await assertReallyInside(DEST_ROOT, projectFolder(DEST_ROOT, attempt.project))
  const free = await freeMib(DEST_ROOT)
  if (free < DISK_FLOOR_MB && !attempt.request.dryRun)
    return diskFull(null, `only ${free} MiB are free below ${DEST_ROOT}`)
  const space = watchFreeSpace(DEST_ROOT, DISK_FLOOR_MB)
  try {
    const result = await fillTree(deps, {
      ...attempt,
      signal: AbortSignal.any([attempt.signal, space.signal]),
    })
    const ranOut = space.signal.aborted && !attempt.signal.aborted
    if (ranOut) return diskFull(result, `less than ${DISK_FLOOR_MB} MiB (DISK_FLOOR_MB) were left below ${DEST_ROOT}`)
    return /No space left on device|Disk quota exceeded/.test(result.error ?? '')
      ? diskFull(result, result.error ?? '')
      : result
  } finally {
    space.stop()
  }
}

/** Everything that is changed is written down as it happens. */
async function fillTree(deps: UpstreamDeps, attempt: UpstreamRequest): Promise<UpstreamResult> {
  const { project, request } = attempt
  if (request.dryRun) return fill(deps, { ...attempt, recorder: null, onDoubt: () => {} })
  const recorder = await deps.changes.begin(project.key, project.generation)
  let isSure = true
  let result: UpstreamResult | null = null
  try {
    const onDoubt = () => {
      isSure = false
    }
    result = await fill(deps, { ...attempt, recorder, onDoubt })
    return result
  } finally {
    await recorder.end(isSure && result !== null)
  }
}

async function fill(deps: UpstreamDeps, attempt: Attempt): Promise<UpstreamResult> {
  const { project, request, recorder } = attempt
  if (project.publish === 'atomic') return runAtomic(deps, attempt, await deps.trees.open(project))
  const destination = projectFolder(deps.settings.DEST_ROOT, project)
  if (!request.dryRun) await mkdir(destination, { recursive: true })
  return runInPlace(deps, attempt, {
    destination,
    ...(recorder === null ? {} : { onChange: (change) => recorder.add(change) }),
  })
}

function diskFull(result: UpstreamResult | null, reason: string): UpstreamResult {
  const error = `The disk is full: ${reason}. Make room; nothing was deleted and no slave was told.`
  return {
    outcome: 'operator',
    exitCode: result?.exitCode ?? null,
    summary: result?.summary ?? null,
    code: 'DISK_FULL',
    error,
  }
}
