// The symbol and the colour of every state: pure.

import type { ProjectState } from '../../shared/schemas/project-state.ts'
import type { SlaveRunState, UpstreamStage } from '../../shared/schemas/run.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'

export type AnyState = ProjectState | UpstreamStage['state'] | SlaveRunState | SlaveView['state']

interface Look {
  /** Stands beside the word, so that colour alone says nothing. */
  symbol: string
  tone: 'good' | 'bad' | 'busy' | 'idle'
}

export const STATES: Readonly<Record<AnyState, Look>> = {
  succeeded: { symbol: '✓', tone: 'good' },
  unchanged: { symbol: '=', tone: 'good' },
  prepared: { symbol: '◐', tone: 'good' },
  up: { symbol: '✓', tone: 'good' },
  partial: { symbol: '◑', tone: 'bad' },
  failed: { symbol: '✗', tone: 'bad' },
  blocked: { symbol: '⛔', tone: 'bad' },
  interrupted: { symbol: '⚡', tone: 'bad' },
  stuck: { symbol: '⚠', tone: 'bad' },
  down: { symbol: '✗', tone: 'bad' },
  refuses: { symbol: '⚠', tone: 'bad' },
  unreachable: { symbol: '✗', tone: 'bad' },
  queued: { symbol: '…', tone: 'busy' },
  syncing: { symbol: '↻', tone: 'busy' },
  fanning_out: { symbol: '⇉', tone: 'busy' },
  publishing: { symbol: '⇄', tone: 'busy' },
  stopped: { symbol: '■', tone: 'idle' },
  disabled: { symbol: '‖', tone: 'idle' },
  never_synced: { symbol: '○', tone: 'idle' },
  unknown: { symbol: '?', tone: 'idle' },
  pending: { symbol: '…', tone: 'idle' },
  skipped: { symbol: '–', tone: 'idle' },
}
