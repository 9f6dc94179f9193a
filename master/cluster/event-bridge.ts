// Sends events, wake-ups and stops from one master to the others, in the order in which they happened.

import type { EventBus, NamedEvent } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { Notices } from '../store/postgres/notices.ts'

type Message =
  | ({ kind: 'event' } & NamedEvent<MasterEvents>)
  | { kind: 'wake'; node: string }
  | { kind: 'stop'; run: string }
  | { kind: 'hello' }

export type EventBridge = ReturnType<typeof createEventBridge>

/** Begins at once; `stop` ends it. */
export function createEventBridge(notices: Notices, events: EventBus<MasterEvents>) {
  const wakes: ((node: string) => void)[] = []
  const stops: ((run: string) => void)[] = []
  const hellos: (() => void)[] = []
  const send = (message: Message) => notices.send(message)

  const unsubscribe = events.onAny((named) => send({ kind: 'event', ...named }), 'own')
  notices.onMessage((given) => {
    const message = given as Message
    if (message.kind === 'event') events.receive(message)
    else if (message.kind === 'wake') for (const wake of wakes) wake(message.node)
    else if (message.kind === 'stop') for (const stop of stops) stop(message.run)
    else for (const hello of hellos) hello()
  })

  return {
    /** Called when a master's queue has something new. */
    onWake: (listener: (node: string) => void): void => {
      wakes.push(listener)
    },
    sendWake: (node: string): void => send({ kind: 'wake', node }),
    /** Called when a run is to be stopped, wherever it is executed. */
    onStop: (listener: (run: string) => void): void => {
      stops.push(listener)
    },
    sendStop: (run: string): void => send({ kind: 'stop', run }),
    /** Called when another master was started or stopped. */
    onHello: (listener: () => void): void => {
      hellos.push(listener)
    },
    sendHello: (): void => send({ kind: 'hello' }),
    stop: unsubscribe,
  }
}
