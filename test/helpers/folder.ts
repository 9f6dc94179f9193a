// A temporary folder that goes with the test.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** Makes a folder; `keep` leaves its removal to the caller (for hooks, which have no test to finish). */
export function temporaryFolder(keep = false): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-test-'))
  if (!keep) onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
