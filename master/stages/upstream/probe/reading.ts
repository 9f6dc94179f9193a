// The interface of the kinds of probe: each reads something small of the upstream, and compares it with what it read before.

import type { ProbeValue } from '../../../../shared/schemas/probe.ts'

export interface Reading {
  /** Null when it cannot be relied on later: what was read may have changed again in the same second. */
  value: ProbeValue | null
  /** True when nothing has changed since `known` was read. */
  isSame: boolean
}

/** Reads; `known` is what an earlier reading found, or null. @throws {ProbeFailed} */
export type ReadProbe = (known: ProbeValue | null) => Promise<Reading>

/** The message may be shown to users. */
export class ProbeFailed extends Error {}

export interface ProbeLimits {
  /** Bounds the whole of a probe, in milliseconds. */
  timeoutMs: number
  /** Bytes of content that are read; of a larger file size and time count, and a larger answer is a failure. */
  maxBytes: number
  maxRedirects: number
}

export const PROBE_LIMITS: ProbeLimits = { timeoutMs: 30_000, maxBytes: 1024 * 1024, maxRedirects: 3 }
