// The keys of the list of projects.

import { useEffect } from 'preact/hooks'

/** What each key does, for the help. */
export const SHORTCUTS = [
  ['/', 'find a project'],
  ['j k', 'next and previous project'],
  ['Enter', 'open it'],
  ['x', 'select it'],
  ['s', 'sync it'],
  ['d', 'dry run'],
  ['l', 'its log'],
  ['e', 'its settings'],
  ['?', 'this list'],
] as const

/** Calls `act` with the key, unless somebody types into a field or a dialog or menu is open. */
export function useShortcuts(act: (key: string) => boolean): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const { target } = event
      if (
        target instanceof Element &&
        target.closest('input:not([type=checkbox]), select, textarea, dialog, [role=menu]')
      )
        return
      if (act(event.key)) event.preventDefault()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [act])
}
