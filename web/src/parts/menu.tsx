// A button that opens a menu: arrows walk it, Escape closes it and returns to the button.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

export interface MenuItem {
  label: string
  act: () => void
  icon?: string
  /** The key that does the same on a list's row. */
  shortcut?: string
  danger?: boolean
  /** Why it cannot be done now; it stays visible and says so. */
  unavailable?: string | undefined
}

interface Props {
  label: string
  /** Groups, with lines between them. */
  groups: readonly (readonly MenuItem[])[]
  class?: string
  children: ComponentChildren
}

export function Menu({ label, groups, class: look = 'b icon q s', children }: Props) {
  const [at, setAt] = useState<{ top: number; right: number } | null>(null)
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const close = () => {
    setAt(null)
    button.current?.focus()
  }
  const open = () => {
    const place = button.current?.getBoundingClientRect()
    if (place !== undefined) setAt({ top: place.bottom + 4, right: document.documentElement.clientWidth - place.right })
  }
  useEffect(() => {
    if (at === null || list.current === null) return
    const { height } = list.current.getBoundingClientRect()
    const place = button.current?.getBoundingClientRect()
    // Near the bottom it opens upwards.
    if (place !== undefined && at.top + height > innerHeight && place.top > height) {
      list.current.style.top = `${place.top - height - 4}px`
    }
    list.current.querySelector('button')?.focus()
    const leave = (event: Event) => {
      if (!(event.target instanceof Node && list.current?.contains(event.target))) setAt(null)
    }
    // A list that gets shorter scrolls by itself; the menu stays while its button does.
    const follow = (event: Event) => {
      if (button.current?.getBoundingClientRect().top !== place?.top) leave(event)
    }
    addEventListener('pointerdown', leave)
    addEventListener('scroll', follow, { passive: true })
    return () => {
      removeEventListener('pointerdown', leave)
      removeEventListener('scroll', follow)
    }
  }, [at])
  const walk = (event: KeyboardEvent) => {
    const items: Element[] = [...(list.current?.querySelectorAll('button') ?? [])]
    const now = document.activeElement === null ? -1 : items.indexOf(document.activeElement)
    const next = { ArrowDown: now + 1, ArrowUp: now - 1 + items.length, Home: 0, End: items.length - 1 }[event.key]
    if (next !== undefined) {
      event.preventDefault()
      const item = items[next % items.length]
      if (item instanceof HTMLElement) item.focus()
    }
    if (event.key === 'Escape' || event.key === 'Tab') close()
    event.stopPropagation()
  }
  return (
    <>
      <button
        type="button"
        ref={button}
        class={look}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={at !== null}
        onClick={() => (at === null ? open() : close())}
      >
        {children}
      </button>
      {at !== null && (
        <div
          ref={list}
          class="menu"
          role="menu"
          aria-label={label}
          tabIndex={-1}
          onKeyDown={walk}
          style={{ position: 'fixed', top: `${at.top}px`, right: `${at.right}px` }}
        >
          {groups
            .filter((group) => group.length > 0)
            .map((group, index) => (
              <Group key={group[0]?.label} first={index === 0} items={group} close={close} />
            ))}
        </div>
      )}
    </>
  )
}

function Group({ first, items, close }: { first: boolean; items: readonly MenuItem[]; close: () => void }) {
  return (
    <>
      {!first && <hr />}
      {items.map(({ label, act, icon, shortcut, danger, unavailable }) => (
        <button
          type="button"
          role="menuitem"
          key={label}
          class={danger ? 'd' : ''}
          aria-disabled={unavailable !== undefined}
          title={unavailable}
          onClick={() => {
            if (unavailable !== undefined) return
            close()
            act()
          }}
        >
          {icon !== undefined && <Icon name={icon} />}
          {label}
          {shortcut !== undefined && <kbd>{shortcut}</kbd>}
        </button>
      ))}
    </>
  )
}
