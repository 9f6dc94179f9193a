import { expect, it } from 'vitest'
import { stateOf } from '../../../shared/schemas/project-state.ts'

const ended = (state: 'succeeded' | 'failed') => ({ run: 'r', state, finished_at: null })
const PROJECT = { stuck: null, enabled: true, last_run: null }
const STUCK = { ...PROJECT, stuck: 'Master ftp1 is down.' }

it.each([
  ['never had a run', PROJECT, undefined, 'never_synced'],
  ['is between runs', { ...PROJECT, last_run: ended('failed') }, undefined, 'failed'],
  ['is disabled', { ...PROJECT, enabled: false, last_run: ended('succeeded') }, undefined, 'disabled'],
  ['is disabled and synced by hand', { ...PROJECT, enabled: false }, 'syncing', 'syncing'],
  ['has a run', { ...PROJECT, last_run: ended('failed') }, 'fanning_out', 'fanning_out'],
  ['is stuck', STUCK, undefined, 'stuck'],
  ['is stuck with a run in the queue', STUCK, 'queued', 'stuck'],
  ['is stuck while its run goes on', STUCK, 'syncing', 'syncing'],
] as const)('a project that %s', (_what, project, active, expected) => {
  expect(stateOf(project, active)).toBe(expected)
})
