import { describe, expect, it } from 'vitest'
import { createEventBus } from '../../../shared/flow/events.ts'

interface Events {
  added: { id: string }
  counted: { count: number }
}

function createBus() {
  const errors: unknown[] = []
  return { errors, bus: createEventBus<Events>((error) => errors.push(error)) }
}

describe('createEventBus', () => {
  it('tells a handler of the events of its name only', () => {
    const { bus } = createBus()
    const heard: string[] = []
    bus.on('added', ({ id }) => heard.push(id))
    bus.publish('counted', { count: 1 })
    bus.publish('added', { id: 'debian' })
    expect(heard).toEqual(['debian'])
  })

  it('tells a handler of all events with their names', () => {
    const { bus } = createBus()
    const heard: (string | number)[] = []
    bus.onAny((named) => heard.push(named.name === 'added' ? named.event.id : named.event.count))
    bus.publish('added', { id: 'debian' })
    bus.receive({ name: 'counted', event: { count: 7 } })
    expect(heard).toEqual(['debian', 7])
  })

  it('keeps what other processes published from handlers of own events', () => {
    const { bus } = createBus()
    const own: string[] = []
    bus.on('added', ({ id }) => own.push(id), 'own')
    bus.onAny(({ name }) => own.push(name), 'own')
    bus.receive({ name: 'added', event: { id: 'theirs' } })
    bus.publish('added', { id: 'ours' })
    expect(own).toEqual(['ours', 'added'])
  })

  it('is quiet after the unsubscribe, which takes away only its own subscription', () => {
    const { bus } = createBus()
    const heard: string[] = []
    const handler = ({ id }: Events['added']) => heard.push(id)
    const unsubscribe = bus.on('added', handler)
    bus.on('added', handler)
    unsubscribe()
    unsubscribe()
    bus.publish('added', { id: 'debian' })
    expect(heard).toEqual(['debian'])
  })

  it('tells the others when one handler throws', () => {
    const { bus, errors } = createBus()
    const heard: string[] = []
    bus.on('added', () => {
      throw new Error('broken')
    })
    bus.on('added', ({ id }) => heard.push(id))
    bus.publish('added', { id: 'debian' })
    expect(heard).toEqual(['debian'])
    expect(errors).toEqual([new Error('broken')])
  })
})
