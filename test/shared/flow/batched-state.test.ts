import { describe, expect, it } from 'vitest'
import { BatchedState } from '../../../shared/flow/batched-state.ts'

const add = (text: string) => (state: string) => state + text
const broken = () => {
  throw new Error('broken change')
}

/** A state whose writes end when they are told to. */
function createState() {
  const writes: string[] = []
  const ends: ((error?: Error) => void)[] = []
  const state = new BatchedState('', (next) => {
    writes.push(next)
    return new Promise<void>((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve())))
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return {
    state,
    writes,
    begun: turn,
    end: async (error?: Error) => {
      ends.shift()?.(error)
      await turn()
    },
  }
}

describe('BatchedState', () => {
  it('has a change when it is written, and not before', async () => {
    const { state, writes, begun, end } = createState()
    const changed = state.change(add('a'))
    await begun()
    expect([writes, state.state]).toEqual([['a'], ''])
    await end()
    await changed
    expect(state.state).toBe('a')
  })

  it('writes the changes of one moment together, and those that come meanwhile with the next write', async () => {
    const { state, writes, begun, end } = createState()
    const changes = [state.change(add('a')), state.change(add('b'))]
    await begun()
    changes.push(state.change(add('c')), state.change(add('d')))
    await begun()
    expect(writes).toEqual(['ab'])
    await end()
    expect([writes, state.state]).toEqual([['ab', 'abcd'], 'ab'])
    await end()
    await Promise.all(changes)
    expect(state.state).toBe('abcd')
  })

  it('tells only its own caller of a change that throws', async () => {
    const { state, writes, begun, end } = createState()
    const [good, bad, better] = [state.change(add('a')), state.change(broken), state.change(add('b'))]
    await expect(bad).rejects.toThrow('broken change')
    await begun()
    expect(writes).toEqual(['ab'])
    await end()
    await Promise.all([good, better])
  })

  it('writes nothing when every change throws', async () => {
    const { state, writes } = createState()
    await expect(state.change(broken)).rejects.toThrow('broken change')
    await state.settle()
    expect(writes).toEqual([])
  })

  it('stays as it was when a write fails, tells all that were in it, and goes on', async () => {
    const { state, writes, begun, end } = createState()
    const failing = Promise.allSettled([state.change(add('a')), state.change(add('b'))])
    await begun()
    const next = state.change(add('c'))
    await end(new Error('disk full'))
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect([writes, state.state]).toEqual([['ab', 'c'], ''])
    await end()
    await next
    expect(state.state).toBe('c')
  })

  it('shows a small change at once, and writes it along with the next one', async () => {
    const { state, writes, begun, end } = createState()
    state.show(add('p'))
    await begun()
    expect([writes, state.state]).toEqual([[], 'p'])
    const changed = state.change(add('a'))
    await begun()
    expect(writes).toEqual(['pa'])
    await end()
    await changed
    expect(state.state).toBe('pa')
  })

  it('is settled when the last write has ended', async () => {
    const { state, begun, end } = createState()
    await state.settle()
    let isSettled = false
    void state.change(add('a'))
    const settled = state.settle().then(() => {
      isSettled = true
    })
    await begun()
    void state.change(add('b'))
    await end()
    expect(isSettled).toBe(false)
    await end()
    await settled
    expect(state.state).toBe('ab')
  })
})
