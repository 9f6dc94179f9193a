// A typed event bus: whoever listens is told after the fact, and can never hold up or fail whoever tells.

/** Told of every event of a map, with its name. */
export type Listener<Events> = <Name extends keyof Events & string>(name: Name, event: Events[Name]) => void

/** `subscribe` returns what unsubscribes. */
export interface EventBus<Events> {
  publish: Listener<Events>
  subscribe: (listener: Listener<Events>) => () => void
}

/** Makes a bus; what a listener throws goes to `onError`. */
export function createEventBus<Events>(onError: (error: unknown) => void): EventBus<Events> {
  const listeners = new Set<Listener<Events>>()
  return {
    publish: (name, event) => {
      for (const listener of listeners) {
        try {
          listener(name, event)
        } catch (error) {
          onError(error)
        }
      }
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
