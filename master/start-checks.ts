// What a master looks at and makes before its parts start.

import { mkdir } from 'node:fs/promises'
import { isLoopbackFleet, type Settings } from '../settings.ts'
import { checkOptions, splitOptions } from '../shared/rsync/options.ts'
import { tidyOptions } from '../shared/rsync/tidy-options.ts'
import { makePrivateFolder } from '../shared/store/durable-file.ts'
import { assertApart } from '../shared/trees/paths.ts'

/** 128 bits in base64url. */
const STRONG_TOKEN_CHARACTERS = 22
const WEAK_TOKEN =
  'SLAVE_TOKEN is short: a slave could find it from its own token by trying. Make a new one with "openssl rand -hex 24", and give each slave its new own token.'

/** Makes the folders of the settings. @throws {InvalidRsyncOption} when the default options are not allowed. */
export async function makeFolders(settings: Settings): Promise<void> {
  const { RSYNC_DEFAULT_OPTIONS: defaults, RSYNC_DELETE_OPTION } = settings
  checkOptions(tidyOptions({ basic: [], defaults: splitOptions(defaults), delete: RSYNC_DELETE_OPTION }).options)
  await makePrivateFolder(settings.DATA_DIR)
  // Served to slaves, and by the operator's own web server: others may read it.
  await mkdir(settings.DEST_ROOT, { recursive: true, mode: 0o755 })
}

/** @throws when the mirror would be inside the data, or the data in the mirror. */
export async function checkSettings(
  settings: Settings,
  { slaveToken, warn }: { slaveToken: string; warn: (message: string, details: Record<string, unknown>) => void },
): Promise<void> {
  await assertApart('DATA_DIR', settings.DATA_DIR, 'DEST_ROOT', settings.DEST_ROOT)
  if (!isLoopbackFleet(settings) && slaveToken.length < STRONG_TOKEN_CHARACTERS) warn(WEAK_TOKEN, {})
}
