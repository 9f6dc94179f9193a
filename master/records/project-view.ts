// A stored project as answers and events show it: pure.

import type { ProjectView, StoredProject } from '../../shared/schemas/project.ts'
import { additionsOf } from '../../shared/schemas/project-additions.ts'
import { connectionOf } from '../../shared/schemas/project-connection.ts'
import { limitsOf } from '../../shared/schemas/project-limits.ts'
import { KEPT_BY_DEFAULT } from '../../shared/schemas/project-parts.ts'
import { showSchedule } from '../schedule/fire-times.ts'
import { verifyOf } from './verify-mode.ts'

/**
 * The part of a project that users see: no password, no webhooks (their URLs may contain secrets), no internal fields.
 */
export function viewProject(project: StoredProject): ProjectView {
  const {
    key: _key,
    rsync_password,
    upstreams = [],
    downstreams = [],
    last_reach: _reach,
    trigger_secret = null,
    ssh_key = null,
    source_secrets: _secrets,
    runs_made: _runs,
    last_queued_at: _queued,
    active_runs: _active,
    due_again: _due,
    anchors: _anchors,
    tag: _tag,
    pulled_from: _from,
    probed: _probed,
    published,
    public_only: _public,
    keep_generations = KEPT_BY_DEFAULT,
    webhooks: _webhooks,
    cron_options,
    fanout_options = null,
    tolerated_exit_codes = [],
    probe = null,
    jitter_s = null,
    interval_s = null,
    wait_for = null,
    layout = 'plain',
    verify: _verify,
    verify_keyring = null,
    by_index = false,
    held = null,
    valid_until = null,
    source = { kind: 'rsync' } as const,
    ...shown
  } = project
  return {
    ...shown,
    source,
    upstreams: upstreams.map(({ rsync_password: password, ...upstream }) => ({
      ...upstream,
      has_password: password !== null,
    })),
    downstreams: downstreams.map(({ url, secret }) => ({ url, has_secret: secret !== null })),
    fanout_options,
    tolerated_exit_codes,
    probe,
    jitter_s,
    interval_s,
    wait_for,
    ...limitsOf(project),
    ...additionsOf(project),
    ...connectionOf(project),
    keep_generations,
    layout,
    verify: verifyOf(project),
    verify_keyring,
    by_index,
    held,
    valid_until,
    has_password: rsync_password !== null,
    has_ssh_key: ssh_key !== null,
    has_trigger_secret: trigger_secret !== null,
    published_generation: published?.generation ?? null,
    cron_options: cron_options === null ? null : showSchedule(cron_options),
  }
}
