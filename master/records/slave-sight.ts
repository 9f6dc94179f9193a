// What a master knows of a slave since its last look at it. Pure.

import type { MasterReach, SlaveHealth } from '../../shared/schemas/messages.ts'

/** What a look at a slave showed: null for what did not come. */
export interface SlaveProbe {
  health: SlaveHealth | null
  /** Why it takes no orders from this master; null when it does, or did not answer. */
  refusal: string | null
  /** What it says of the way to its master; null when it says nothing. */
  toMaster: MasterReach | null
  /** Why nothing is known of its health; null when something is. */
  silence: string | null
}

export interface SlaveSight {
  state: 'up' | 'down' | 'refuses'
  /** Why it refuses and what to do, or why it does not answer. */
  reason: string | null
  last_seen: string | null
  version: string | null
  rsyncdPort: number | null
  /** Null until it has said. */
  protocol: number | null
  /** The slave's digest of its trees; it changes whenever they do. */
  trees: string | null
  toMaster: MasterReach | null
  /** By which it names its trace files; null for the host in its id. */
  publicName: string | null
}

/** The sight after a look; `now` is ISO 8601. A slave that answers but refuses counts as seen. */
export function nextSight(
  before: SlaveSight | undefined,
  { health, refusal, toMaster, silence }: SlaveProbe,
  now: string,
): SlaveSight {
  const state = refusal !== null ? 'refuses' : health === null ? 'down' : 'up'
  return {
    state,
    reason: refusal ?? silence,
    last_seen: state === 'down' ? (before?.last_seen ?? null) : now,
    version: health?.version ?? before?.version ?? null,
    rsyncdPort: health?.rsyncd_port ?? null,
    protocol: health === null ? (before?.protocol ?? null) : (health.protocol ?? 1),
    trees: health?.trees ?? before?.trees ?? null,
    toMaster,
    publicName: health === null ? (before?.publicName ?? null) : (health.public_name ?? null),
  }
}
