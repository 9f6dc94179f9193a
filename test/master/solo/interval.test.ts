// Projects whose next run is due so long after the end of the last one.

import { describe, expect, it, vi } from 'vitest'
import { until } from '../../../scripts/sample/until.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { startTestMaster } from '../../helpers/master.ts'
import { addUnreachable, holdRest } from '../../helpers/runs.ts'

describe('a project with an interval', () => {
  const START = Date.parse('2026-06-01T00:00:00Z')
  const start = async (more: object = {}) => {
    const clock = { now: START }
    const master = await startTestMaster({ RETRY_LIMIT: '0' }, () => clock.now)
    await addUnreachable(master, 'p', { interval_s: 3600, ...more })
    const project = async () => {
      const found = await master.context.store.findProject('p')
      if (found === null) throw new Error('the project is gone')
      return found
    }
    const finished = async (): Promise<number> =>
      (await master.ask('/list_runs/?id=p')).body.filter((run: Run) => run.finished_at !== null).length
    const ended = (count: number) =>
      until(
        `run ${count} to end`,
        async () => (await finished()) === count && (await project()).active_runs.length === 0,
      )
    return { clock, master, project, ended, tick: () => master.context.schedules.tick() }
  }

  it('runs at once, and so long after each end, also of a requested run', async () => {
    const { clock, master, project, ended, tick } = await start()
    expect((await project()).next_run_time).toBe('2026-06-01T00:00:00.000Z')
    tick()
    await ended(1)
    expect((await project()).next_run_time).toBe('2026-06-01T01:00:00.000Z')
    clock.now += 1_800_000
    tick()
    await master.ask('/syncup/?id=p')
    await ended(2)
    expect((await project()).next_run_time).toBe('2026-06-01T01:30:00.000Z')
    clock.now += 1_800_000
    tick()
    clock.now += 1_800_000
    tick()
    await ended(3)
    expect((await project()).next_run_time).toBe('2026-06-01T02:30:00.000Z')
  })

  it('has no next run while it is disabled or has one, and is due at once after a long rest', async () => {
    const { clock, master, project, ended, tick } = await start()
    tick()
    await ended(1)
    await master.ask('/disable_project/?id=p')
    expect((await project()).next_run_time).toBeNull()
    clock.now += 7_200_000
    await master.ask('/enable_project/?id=p')
    expect((await project()).next_run_time).toBe('2026-06-01T02:00:00.000Z')
    const rest = await holdRest(master.context, 'p')
    tick()
    await until('the run', async () => (await project()).active_runs.length === 1)
    expect((await project()).next_run_time).toBeNull()
    await rest.end()
    await ended(2)
    await master.ask('/update_project/basic/', { id: 'p', interval_s: 60 })
    expect((await project()).next_run_time).toBe('2026-06-01T02:01:00.000Z')
  })

  it('is due still when its start could not be stored', async () => {
    const { clock, master, project, ended, tick } = await start()
    tick()
    await ended(1)
    const { store } = master.context
    for (const verb of ['saveRun', 'updateProject'] as const) {
      clock.now += 3_600_000
      const { runs_made: made } = await project()
      const due = (await project()).next_run_time
      const write = vi.spyOn(store, verb).mockRejectedValueOnce(new Error('no space left on the disk'))
      tick()
      await until('the failure', () => write.mock.calls.length > 0)
      await until('the due time of before', async () => (await project()).next_run_time === due)
      write.mockRestore()
      await until('the next look', async () => {
        clock.now += 10_000
        tick()
        return (await project()).runs_made > made
      })
      await until('its end', async () => (await project()).active_runs.length === 0)
      const states = (await master.ask('/list_runs/?id=p')).body.map(({ state }: Run) => state)
      expect(states).not.toContain('queued')
    }
  })

  it('runs at the start of a master that was off for longer', async () => {
    const { clock, master, ended, tick } = await start()
    tick()
    await ended(1)
    clock.now += 7_200_000
    await master.context.schedules.start([])
    tick()
    await ended(2)
  })

  it('has no schedule by the clock too', async () => {
    const { master, project } = await start()
    const problem = { code: 'INVALID_INPUT', field: 'interval_s' }
    const schedule = { cron_options: { minute: 0 } }
    const both = await addUnreachable(master, 'both', { interval_s: 60, ...schedule })
    expect(both).toMatchObject({ status: 400, body: { error: problem } })
    await master.ask('/update_project/schedule/', { id: 'p', ...schedule.cron_options })
    expect(await project()).toMatchObject({ interval_s: null, next_run_time: '2026-06-01T00:00:00.000Z' })
    await master.ask('/update_project/basic/', { id: 'p', interval_s: 60 })
    expect(await project()).toMatchObject({ interval_s: 60, cron_options: null })
    await master.ask('/update_project/basic/', { id: 'p', interval_s: null })
    expect(await project()).toMatchObject({ interval_s: null, cron_options: null, next_run_time: null })
  })
})
