import { describe, expect, it } from 'vitest'
import { LimitedQueue } from '../../../shared/flow/limited-queue.ts'

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
})
