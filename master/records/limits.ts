// The fleet's settings as one project's way to its upstream has them: pure.

import type { Settings } from '../../settings.ts'
import type { ProjectLimits } from '../../shared/schemas/project-limits.ts'

type Limited = Pick<Settings, 'RSYNC_IO_TIMEOUT_S' | 'SYNC_TIMEOUT_S'>

/** The settings with the project's own time limits in the places of theirs. */
export function settingsFor<S extends Limited>(settings: S, { io_timeout_s, timeout_s }: ProjectLimits): S {
  return {
    ...settings,
    RSYNC_IO_TIMEOUT_S: io_timeout_s ?? settings.RSYNC_IO_TIMEOUT_S,
    SYNC_TIMEOUT_S: timeout_s ?? settings.SYNC_TIMEOUT_S,
  }
}
