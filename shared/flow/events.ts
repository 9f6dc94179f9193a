// A typed event bus: whoever listens is told after the fact, and can never hold up or fail whoever tells.

/** Told of every event of a map, with its name. */
export type Listener<Events> = <Name extends keyof Events & string>(name: Name, event: Events[Name]) => void

/**
 * `subscribe` returns what unsubscribes; who listens to its `own` events hears nothing of what was received from other
 * processes.
 */
export interface EventBus<Events> {
  publish: Listener<Events>
  /** Tells of an event that another process published. */
  receive: Listener<Events>
  subscribe: (listener: Listener<Events>, which?: 'all' | 'own') => () => void
}

/** Makes a bus; what a listener throws goes to `onError`. */
export function createEventBus<Events>(onError: (error: unknown) => void): EventBus<Events> {
  const listeners = new Map<Listener<Events>, 'all' | 'own'>()
  const tell: (...told: [...Parameters<Listener<Events>>, 'own' | 'received']) => void = (name, event, origin) => {
    for (const [listener, which] of listeners) {
      if (origin === 'received' && which === 'own') continue
      try {
        listener(name, event)
      } catch (error) {
        onError(error)
      }
    }
  }
  return {
    publish: (name, event) => tell(name, event, 'own'),
    receive: (name, event) => tell(name, event, 'received'),
    subscribe: (listener, which = 'all') => {
      listeners.set(listener, which)
      return () => listeners.delete(listener)
    },
  }
}
