import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createScheduler } from '../../../master/schedule/scheduler.ts'
import { until } from '../../../scripts/sample/until.ts'
import { cpuMs } from '../../helpers/cpu.ts'

describe('createScheduler', () => {
  it('calls once for each due time, in order, and not for times that were replaced or removed', () => {
    let now = 0
    const due: string[] = []
    const scheduler = createScheduler(
      () => now,
      (key, at) => due.push(`${key}@${at}`),
    )
    scheduler.set('a', 2_000)
    scheduler.set('b', 1_000)
    scheduler.set('c', 1_000)
    scheduler.set('c', 3_000)
    scheduler.set('d', 500)
    scheduler.set('d', null)
    scheduler.tick()
    expect(due).toEqual([])
    now = 2_500
    scheduler.tick()
    scheduler.tick()
    expect(due).toEqual(['b@1000', 'a@2000'])
    expect(scheduler.size()).toBe(1)
  })

  it('ticks by itself every second', async () => {
    const due: string[] = []
    const scheduler = createScheduler(Date.now, (key) => due.push(key))
    onTestFinished(() => scheduler.stop())
    scheduler.set('soon', Date.now() + 100)
    scheduler.start()
    await until('the tick', () => due.length === 1)
  })

  it('goes on when the clock is set back, and says so', async () => {
    const due: string[] = []
    let back = 0
    let setBack = 0
    const scheduler = createScheduler(
      () => Date.now() - back,
      (key) => due.push(key),
      () => {
        setBack += 1
      },
    )
    onTestFinished(() => scheduler.stop())
    scheduler.set('soon', Date.now() + 500)
    scheduler.start()
    await until('the tick', () => due.length === 1)
    expect(setBack).toBe(0)
    back = 3 * 3_600_000
    scheduler.set('again', Date.now() - back + 500)
    await until('the next', () => due.length === 2 && setBack === 1)
  })

  it('ticks on when node-cron waits for a time that lies far ahead now', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const scheduler = createScheduler(Date.now, () => {})
    onTestFinished(() => scheduler.stop())
    scheduler.start()
    vi.setSystemTime(Date.now() - 3 * 3_600_000)
    await until('it to stand still', () => scheduler.sinceTick() > 2_000)
    await until('it to tick', () => scheduler.sinceTick() < 1_000)
  })

  it('costs next to nothing with 10,000 keys when none is due, however often they are set', async () => {
    let now = 0
    const scheduler = createScheduler(
      () => now,
      () => {},
    )
    for (let round = 1; round <= 20; round++) {
      for (let number = 0; number < 10_000; number++) scheduler.set(`project-${number}`, 1e9 + round * 1000 + number)
    }
    const time = await cpuMs(() => {
      for (now = 0; now < 100_000; now++) scheduler.tick()
    })
    // 100,000 ticks are more than a day of them.
    expect(time).toBeLessThan(1_000)
    expect(scheduler.size()).toBe(10_000)
  })
})
