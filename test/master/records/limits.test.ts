// A project's own limits in the places of the fleet's.

import { expect, it } from 'vitest'
import { settingsFor } from '../../../master/records/limits.ts'
import { limitsOf } from '../../../shared/schemas/project-limits.ts'

it('hold on the way to its upstream, where it has some', () => {
  const settings = { RSYNC_IO_TIMEOUT_S: 600, SYNC_TIMEOUT_S: 86_400, RETRY_LIMIT: 3 }
  expect(settingsFor(settings, {})).toEqual(settings)
  expect(settingsFor(settings, { io_timeout_s: null, timeout_s: null })).toEqual(settings)
  expect(settingsFor(settings, { io_timeout_s: 5, timeout_s: 60 })).toEqual({
    RSYNC_IO_TIMEOUT_S: 5,
    SYNC_TIMEOUT_S: 60,
    RETRY_LIMIT: 3,
  })
  expect(limitsOf({ priority: -3 })).toEqual({
    io_timeout_s: null,
    timeout_s: null,
    retry_limit: null,
    priority: -3,
    max_syncs_per_host: null,
    bandwidth: null,
  })
})
