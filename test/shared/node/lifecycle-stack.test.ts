import { describe, expect, it } from 'vitest'
import { LifecycleStack, type Part, StoppedDuringStart } from '../../../shared/node/lifecycle-stack.ts'

/** Parts that write down what is done with them; `broken` is the one step that throws. */
function createParts(names: readonly string[], broken?: string) {
  const steps: string[] = []
  const step = (name: string) => async () => {
    await Promise.resolve()
    steps.push(name)
    if (name === broken) throw new Error(`${name} failed`)
  }
  const parts: Part[] = names.map((name) => ({ name, start: step(`start ${name}`), stop: step(`stop ${name}`) }))
  const errors: string[] = []
  const stack = new LifecycleStack((_error, { part }) => errors.push(part))
  return { steps, parts, errors, stack }
}

describe('LifecycleStack', () => {
  it('starts in order and stops in the reverse order, each after the one before', async () => {
    const { steps, parts, stack } = createParts(['store', 'runs', 'schedules'])
    await stack.start(parts)
    expect(steps).toEqual(['start store', 'start runs', 'start schedules'])
    steps.length = 0
    await stack.stop()
    expect(steps).toEqual(['stop schedules', 'stop runs', 'stop store'])
  })

  it('takes parts that have only one of the two', async () => {
    const { steps, stack } = createParts([])
    await stack.start([
      { name: 'check', start: () => void steps.push('check') },
      { name: 'peer', stop: () => void steps.push('close') },
    ])
    await stack.stop()
    expect(steps).toEqual(['check', 'close'])
  })

  it('stops once, however often it is told to', async () => {
    const { steps, parts, stack } = createParts(['store'])
    await stack.start(parts)
    await Promise.all([stack.stop(), stack.stop()])
    await stack.stop()
    expect(steps).toEqual(['start store', 'stop store'])
  })

  it('stops the failed part and those before it when a start fails, and says why it failed', async () => {
    const { steps, parts, stack } = createParts(['store', 'rsyncd', 'runs'], 'start rsyncd')
    await expect(stack.start(parts)).rejects.toThrow('start rsyncd failed')
    expect(steps).toEqual(['start store', 'start rsyncd', 'stop rsyncd', 'stop store'])
    await stack.stop()
    expect(steps).toHaveLength(4)
  })

  it('stops the others when one does not, and names it', async () => {
    const { steps, parts, errors, stack } = createParts(['store', 'runs', 'schedules'], 'stop runs')
    await stack.start(parts)
    await expect(stack.stop()).rejects.toThrow('did not stop: runs')
    expect(steps.slice(3)).toEqual(['stop schedules', 'stop runs', 'stop store'])
    expect(errors).toEqual(['runs'])
  })

  it('starts no further part once it was told to stop, and waits for the one under way', async () => {
    const { steps, parts, stack } = createParts(['store', 'late'])
    let end = () => {}
    const slow = new Promise<void>((resolve) => {
      end = resolve
    })
    const starting = stack.start([
      { name: 'slow', start: () => slow, stop: () => void steps.push('stop slow') },
      ...parts,
    ])
    const stopping = stack.stop()
    expect(steps).toEqual([])
    end()
    await expect(starting).rejects.toThrow(StoppedDuringStart)
    await stopping
    expect(steps).toEqual(['stop slow'])
  })

  it('starts nothing after it was stopped', async () => {
    const { steps, parts, stack } = createParts(['store'])
    await stack.stop()
    await expect(stack.start(parts)).rejects.toThrow(StoppedDuringStart)
    expect(steps).toEqual([])
  })
})
