// A project whose source is rclone, through both hops.

import path from 'node:path'
import { COPY_OPTIONS } from '../../master/services/source-input.ts'
import { takeSecrets } from '../../master/sources/secrets.ts'
import type { RcloneKind } from '../../shared/schemas/rclone-source.ts'
import { type HopsOptions, startHops } from './hops.ts'

/** As a project stores it: its secrets apart. */
export function storedRclone(source: RcloneKind) {
  const { shown, secrets } = takeSecrets(source, {})
  return { source: shown, source_secrets: JSON.stringify(secrets) }
}

export function startRclone(source: RcloneKind, publish: 'atomic' | 'in_place', more: HopsOptions = {}) {
  const project = { ...storedRclone(source), rsync_options: COPY_OPTIONS, publish, ...more.project }
  return startHops({ ...more, project })
}

/** The private tree of the source. */
export const workTree = (master: string) => path.join(path.dirname(master), '.mirrorfleet', 'p-k', 'source', 'tree')
