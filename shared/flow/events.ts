// A typed event bus: listeners are told after the fact, and can neither delay nor fail the publisher.

/** One event of a map with its name, which tells its type. */
export type NamedEvent<Events, Name extends keyof Events = keyof Events> = {
  [One in Name]: { name: One; event: Events[One] }
}[Name]

/** Whose events a listener hears: those of all processes, or only those that this process published. */
export type Origin = 'all' | 'own'

/** `on` and `onAny` return the function that unsubscribes. */
export interface EventBus<Events> {
  publish: <Name extends keyof Events>(name: Name, event: Events[Name]) => void
  /** Passes on an event that another process published. */
  receive: (named: NamedEvent<Events>) => void
  on: <Name extends keyof Events>(name: Name, handler: (event: Events[Name]) => void, which?: Origin) => () => void
  onAny: (handler: (named: NamedEvent<Events>) => void, which?: Origin) => () => void
}

/** Makes a bus; what a listener throws goes to `onError`. */
export function createEventBus<Events>(onError: (error: unknown) => void): EventBus<Events> {
  const listeners = new Set<{ handler: (named: NamedEvent<Events>) => void; which: Origin }>()
  const tell = (named: NamedEvent<Events>, isOwn: boolean): void => {
    for (const { handler, which } of listeners) {
      if (which === 'own' && !isOwn) continue
      try {
        handler(named)
      } catch (error) {
        onError(error)
      }
    }
  }
  const onAny: EventBus<Events>['onAny'] = (handler, which = 'all') => {
    const listener = { handler, which }
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  return {
    publish: (name, event) => tell({ name, event }, true),
    receive: (named) => tell(named, false),
    on: (name, handler, which) => onAny((named) => isNamed(named, name) && handler(named.event), which),
    onAny,
  }
}

function isNamed<Events, Name extends keyof Events>(
  named: NamedEvent<Events>,
  name: Name,
): named is NamedEvent<Events, Name> {
  return named.name === name
}
