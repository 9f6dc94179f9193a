import { describe, expect, it } from 'vitest'
import { inBatches } from '../../../shared/flow/batches.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('inBatches', () => {
  it.each([0, 1, 500, 501, 1_750])('does the work for each of %i items once, in their order', async (count) => {
    const done: number[] = []
    await inBatches(numbers(count), async (item) => {
      done.push(item)
    })
    expect(done).toEqual(numbers(count))
  })

  it('does it for 500 at once at most', async () => {
    let [busy, most] = [0, 0]
    await inBatches(new Set(numbers(1_200)), async () => {
      busy += 1
      most = Math.max(most, busy)
      await Promise.resolve()
      busy -= 1
    })
    expect(most).toBe(500)
  })

  it('begins no further batch after an error, which it throws', async () => {
    const begun: number[] = []
    const work = async (item: number) => {
      begun.push(item)
      if (item === 3) throw new Error('broken')
    }
    await expect(inBatches(numbers(1_200), work)).rejects.toThrow('broken')
    expect(begun).toEqual(numbers(500))
  })

  it('begins no further batch when it is aborted', async () => {
    const controller = new AbortController()
    const begun: number[] = []
    const work = async (item: number) => {
      begun.push(item)
      controller.abort(new Error('stopped'))
    }
    await expect(inBatches(numbers(1_200), work, controller.signal)).rejects.toThrow('stopped')
    expect(begun).toEqual(numbers(500))
  })
})
