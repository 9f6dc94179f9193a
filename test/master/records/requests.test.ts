import { describe, expect, it } from 'vitest'
import { placeRequest, requestOf, requestOfRecord, withJoined } from '../../../master/records/requests.ts'
import { newRun, plainRequest, type RunRequest } from '../../../master/records/run.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { AT, project } from '../../helpers/stored.ts'

const PLAIN = plainRequest('explicit')
const DRY = { ...PLAIN, dryRun: true }
const HELD = { ...plainRequest('explicit'), publishHeld: true }
const BACK = { ...plainRequest('rollback'), back: { generation: 1, tag: '1'.repeat(16) } }
const runOf = (request: RunRequest, state: Run['state'] = 'queued'): Run => ({
  ...newRun('p-k-1', project('p'), request, AT(0), 'main'),
  state,
})
const RUNNING = runOf(PLAIN, 'syncing')
const WAITING = runOf(PLAIN)

describe('a request', () => {
  it.each<[string, RunRequest, Run[], string]>([
    ['finds nothing', PLAIN, [], 'add'],
    ['of a schedule finds nothing', plainRequest('schedule'), [], 'add'],
    ['finds one that waits', PLAIN, [WAITING], 'join'],
    ['of a schedule finds one that waits', plainRequest('schedule'), [RUNNING, WAITING], 'join'],
    ['finds one under way', PLAIN, [RUNNING], 'add'],
    ['of a schedule finds one under way', plainRequest('schedule'), [RUNNING], 'later'],
    ['finds one under way and one that waits', PLAIN, [RUNNING, WAITING], 'join'],
    ['finds a dry one that waits', PLAIN, [runOf(DRY)], 'add'],
    ['of a schedule finds a dry one that waits', plainRequest('schedule'), [runOf(DRY)], 'later'],
    ['for a dry run finds a real one that waits', DRY, [WAITING], 'add'],
    ['for a dry run finds another one', DRY, [RUNNING, WAITING, runOf(DRY)], 'join'],
    ['finds a rollback', PLAIN, [runOf(BACK)], 'add'],
    ['to roll back finds nothing', BACK, [], 'add'],
    ['to roll back finds one that waits', BACK, [WAITING], 'refuse'],
    ['to publish what is held finds nothing', HELD, [], 'add'],
    ['to publish what is held finds one under way', HELD, [RUNNING], 'refuse'],
  ])('that %s', (_, request, open, kind) => {
    expect(placeRequest(request, open).kind).toBe(kind)
  })

  it('makes the run that it joins as strong as the strongest of both, and never weaker', () => {
    const full = withJoined(WAITING, { mode: 'full', force: false })
    expect(full).toEqual({ ...WAITING, mode: 'full' })
    const both = withJoined(full, { mode: 'sync', force: true })
    expect(both).toEqual({ ...WAITING, mode: 'full', force: true })
    expect(withJoined(both, PLAIN)).toEqual(both)
    expect(requestOf(PLAIN, both)).toEqual({ ...PLAIN, mode: 'full', force: true })
    expect(requestOfRecord(both)).toEqual({ ...PLAIN, mode: 'full', force: true })
  })
})
