import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LimitedQueue, MOST_PASSED } from '../../../shared/flow/limited-queue.ts'

const never = new AbortController().signal
const job = (id: string, key = id, priority = 0, signal = never) => ({ id, key, priority, signal })

/** Work that ends when it is told to, and what has started so far. */
function createWork() {
  const started: string[] = []
  const ends = new Map<string, () => void>()
  return {
    started,
    start: (id: string) => () =>
      new Promise<string>((resolve) => {
        started.push(id)
        ends.set(id, () => resolve(id))
      }),
    end: async (id: string) => {
      ends.get(id)?.()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

describe('LimitedQueue', () => {
  it('keeps to its limit in all and for each key, first come first served within that', async () => {
    const queue = new LimitedQueue({ limit: 3, perKey: 2 })
    const work = createWork()
    for (const [id, key] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['a3', 'a'],
      ['b1', 'b'],
      ['b2', 'b'],
    ] as const)
      void queue.run(job(id, key), work.start(id))
    expect(work.started).toEqual(['a1', 'a2', 'b1'])
    // A job may have a limit of its own for those of its key.
    const own = new LimitedQueue({ limit: 8, perKey: 2 })
    const alone = createWork()
    void own.run({ ...job('a1', 'a'), perKey: 1 }, alone.start('a1'))
    void own.run({ ...job('a2', 'a'), perKey: 1 }, alone.start('a2'))
    void own.run({ ...job('a3', 'a'), perKey: 3 }, alone.start('a3'))
    expect(alone.started).toEqual(['a1', 'a3'])
    await work.end('b1')
    expect(work.started).toEqual(['a1', 'a2', 'b1', 'b2'])
    await work.end('a1')
    expect(work.started).toEqual(['a1', 'a2', 'b1', 'b2', 'a3'])
    expect(queue.length).toBe(0)
  })

  it('lets higher priorities go first, and a promoted one with them', async () => {
    const queue = new LimitedQueue({ limit: 1, perKey: 1 })
    const work = createWork()
    void queue.run(job('running'), work.start('running'))
    for (const id of ['low-1', 'low-2']) void queue.run(job(id), work.start(id))
    void queue.run(job('high', 'high', 1), work.start('high'))
    queue.promote('low-2', 1)
    for (const id of ['running', 'high', 'low-2', 'low-1']) await work.end(id)
    expect(work.started).toEqual(['running', 'high', 'low-2', 'low-1'])
  })

  it('lets a job wait for so many of a higher priority only, however many come', async () => {
    const queue = new LimitedQueue({ limit: 1, perKey: 1 })
    const work = createWork()
    void queue.run(job('running'), work.start('running'))
    for (const id of ['low-1', 'low-2']) void queue.run(job(id), work.start(id))
    for (let count = 0; !work.started.includes('low-2'); count++) {
      void queue.run(job(`high-${count}`, `high-${count}`, 1), work.start(`high-${count}`))
      await work.end(work.started.at(-1) ?? '')
    }
    const highs = Array.from({ length: MOST_PASSED }, (_, index) => `high-${index}`)
    expect(work.started).toEqual(['running', ...highs, 'low-1', 'low-2'])
  })

  it('gives up a waiting job when its signal aborts, and goes on after work that throws', async () => {
    const queue = new LimitedQueue({ limit: 1, perKey: 1 })
    const controller = new AbortController()
    const failing = queue.run(job('failing'), async () => {
      throw new Error('broken')
    })
    const waiting = queue.run(job('waiting', 'waiting', 0, controller.signal), async () => 'never')
    const next = queue.run(job('next'), async () => 'next')
    controller.abort(new Error('stopped'))
    await expect(failing).rejects.toThrow('broken')
    await expect(waiting).rejects.toThrow('stopped')
    await expect(next).resolves.toBe('next')
  })

  it('counts what waits, and what waits or works', async () => {
    const queue = new LimitedQueue({ limit: 2, perKey: 1 })
    const work = createWork()
    for (const id of ['one', 'two', 'three']) void queue.run(job(id), work.start(id))
    expect([queue.length, queue.size]).toEqual([1, 3])
    await work.end('one')
    expect([queue.length, queue.size]).toEqual([0, 2])
    await work.end('two')
    await work.end('three')
    expect([queue.length, queue.size]).toEqual([0, 0])
  })

  it('does not begin what was given up before it came', async () => {
    const queue = new LimitedQueue({ limit: 1, perKey: 1 })
    const work = createWork()
    const given = queue.run(job('given up', 'key', 0, AbortSignal.abort(new Error('stopped'))), work.start('given up'))
    await expect(given).rejects.toThrow('stopped')
    expect([work.started, queue.size]).toEqual([[], 0])
  })

  it('leaves work alone whose signal aborts after its start', async () => {
    const queue = new LimitedQueue({ limit: 1, perKey: 1 })
    const work = createWork()
    const controller = new AbortController()
    const working = queue.run(job('working', 'key', 0, controller.signal), work.start('working'))
    controller.abort(new Error('stopped'))
    expect(queue.size).toBe(1)
    await work.end('working')
    await expect(working).resolves.toBe('working')
  })

  it('never lowers a priority, and promotes nothing that does not wait', async () => {
    const queue = new LimitedQueue({ limit: 1, perKey: 1 })
    const work = createWork()
    void queue.run(job('running'), work.start('running'))
    void queue.run(job('high', 'high', 2), work.start('high'))
    void queue.run(job('middle', 'middle', 1), work.start('middle'))
    queue.promote('high', 0)
    queue.promote('running', 9)
    queue.promote('nobody', 9)
    expect(queue.length).toBe(2)
    for (const id of ['running', 'high', 'middle']) await work.end(id)
    expect(work.started).toEqual(['running', 'high', 'middle'])
  })

  it('keeps to both limits, and comes to an end, whatever is asked of it', async () => {
    const jobs = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), priority: fc.nat(2) }), { maxLength: 30 })
    const limit = fc.integer({ min: 1, max: 4 })
    await fc.assert(
      fc.asyncProperty(jobs, limit, limit, async (asked, all, perKey) => {
        const queue = new LimitedQueue({ limit: all, perKey })
        const running: string[] = []
        const work = (key: string) => async () => {
          running.push(key)
          expect(running.length).toBeLessThanOrEqual(all)
          expect(running.filter((one) => one === key).length).toBeLessThanOrEqual(perKey)
          await Promise.resolve()
          running.splice(running.indexOf(key), 1)
        }
        const ends = asked.map(({ key, priority }, index) => queue.run(job(`${index}`, key, priority), work(key)))
        await Promise.all(ends)
      }),
      { numRuns: 50 },
    )
  })
})
