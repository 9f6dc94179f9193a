// Reports of slaves: those of the run that is under way count, and those of before a restore do not.

import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newRun, newSlaveStage } from '../../../master/records/run.ts'
import { ActiveRun } from '../../../master/runs/active-run.ts'
import { createRunLogs } from '../../../master/runs/run-logs.ts'
import { createRunReports } from '../../../master/runs/run-reports.ts'
import { createLowdbStore } from '../../../master/store/lowdb-store.ts'
import { createEventBus } from '../../../shared/flow/events.ts'
import type { MasterEvents } from '../../../shared/schemas/event.ts'
import type { SlaveReport } from '../../../shared/schemas/messages.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { AT, project, WISH } from '../../helpers/stored.ts'

const TWO = { generation: 2, tag: '2'.repeat(16) }
const LOST = { generation: 2, tag: 'f'.repeat(16) }
const SLAVE = { id: 'one:7000', hostname: 'one', port: 7000, upstream: null, created_at: AT(0) }

const report = (run: string, anchor: typeof TWO, target?: { epoch: number; tag: string }): SlaveReport => ({
  run,
  slave_id: SLAVE.id,
  project: 'p',
  state: 'succeeded',
  ...anchor,
  method: 'slow',
  drift: null,
  source: 'p',
  started_at: null,
  finished_at: AT(1),
  exit_code: 0,
  summary: null,
  error: null,
  log: '',
  ...(target === undefined ? {} : { target }),
})

/** A run that waits for a slave's report, or has ended without it. */
async function start(isActive: boolean) {
  const folder = temporaryFolder()
  const store = createLowdbStore(path.join(folder, 'store'))
  await store.open()
  onTestFinished(store.close)
  const stored = project('p', TWO)
  await store.addProject(stored)
  const stage = { ...newSlaveStage(SLAVE), state: 'syncing' as const }
  const state = isActive ? 'fanning_out' : 'interrupted'
  const run: Run = { ...newRun('p-k-2', stored, WISH, AT(0), 'main'), state, slaves: [stage] }
  const active = new ActiveRun('p-k', WISH, run, {
    start: async () => run,
    save: async () => {},
    told: () => {},
    shown: () => {},
  })
  const epoch = await store.epoch()
  active.targets.set(SLAVE.id, { epoch, tag: TWO.tag })
  const reports = createRunReports({
    store,
    events: createEventBus<MasterEvents>(() => {}),
    logs: createRunLogs(path.join(folder, 'logs'), 5, store),
    runs: { get: async () => run, findActive: () => (isActive ? active : undefined), isElsewhere: () => false },
  })
  const receive = async (received: SlaveReport) => {
    await reports.receiveEnd(received)
    const after = await store.findProjectByKey('p-k')
    const hasLog = existsSync(path.join(folder, 'logs', 'p-k', `2.${encodeURIComponent(SLAVE.id)}.log`))
    return { state: active.run.slaves[0]?.state, anchor: after?.anchors[SLAVE.id]?.tag ?? null, hasLog }
  }
  return { epoch, run: run.run, receive }
}

const TAKEN = { state: 'succeeded', anchor: TWO.tag, hasLog: true }
const PASSED_OVER = { state: 'syncing', anchor: null, hasLog: false }

describe('a report on the run that is under way', () => {
  it.each<[string, (epoch: number) => SlaveReport['target'], typeof TWO, object]>([
    ['that answers its order is taken', (epoch) => ({ epoch, tag: TWO.tag }), TWO, TAKEN],
    ['with its id and another tag is passed over', (epoch) => ({ epoch, tag: LOST.tag }), LOST, PASSED_OVER],
    ['of an earlier epoch is passed over', (epoch) => ({ epoch: epoch - 1, tag: TWO.tag }), TWO, PASSED_OVER],
    ['of an older slave that has reached its tag is taken', () => undefined, TWO, TAKEN],
    ['of an older slave that has reached another tag is passed over', () => undefined, LOST, PASSED_OVER],
  ])('%s', async (_name, targetOf, reached, expected) => {
    const { epoch, run, receive } = await start(true)
    expect(await receive(report(run, reached, targetOf(epoch)))).toEqual(expected)
  })

  it('of an older slave that failed names no tag, and is taken', async () => {
    const { run, receive } = await start(true)
    const failed: SlaveReport = { ...report(run, TWO), state: 'failed', generation: null, tag: null, error: 'no' }
    expect(await receive(failed)).toMatchObject({ state: 'failed', anchor: null })
  })
})

describe('a report on a run that has ended', () => {
  it.each<[string, (epoch: number) => SlaveReport['target'], string | null]>([
    ['tells what the slave has when it is of this epoch', (epoch) => ({ epoch, tag: TWO.tag }), TWO.tag],
    ['tells nothing when it is of an earlier epoch', (epoch) => ({ epoch: epoch - 1, tag: TWO.tag }), null],
    ['tells nothing when it may be of any epoch', () => undefined, null],
  ])('%s', async (_name, targetOf, anchor) => {
    const { epoch, run, receive } = await start(false)
    expect((await receive(report(run, TWO, targetOf(epoch)))).anchor).toBe(anchor)
  })
})
