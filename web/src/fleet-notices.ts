// Trouble that many projects share, each told once: pure.

import type { SlaveView } from '../../shared/schemas/slave.ts'
import { formatSince } from './format.ts'

export interface Notice {
  /** The name of its icon and colour. */
  icon: string
  hue: string
  /** What is wrong. */
  title: string
  /** Since when, what it means. */
  text: string
  href: string
  link: string
}

/** The notices of a fleet, the worst first. */
export function noticesOf(slaves: readonly SlaveView[], now = Date.now()): Notice[] {
  const unwell = slaves.filter(({ state }) => state === 'down' || state === 'refuses')
  return unwell.map((slave): Notice => {
    const behind = Object.values(slave.projects).filter(({ lag }) => lag > 0).length
    const since =
      slave.last_seen === null ? 'it has not answered yet' : `last seen ${formatSince(slave.last_seen, now)}`
    const wait = behind === 0 ? '' : ` ${behind} ${behind === 1 ? 'project waits' : 'projects wait'} for it.`
    const isDown = slave.state === 'down'
    return {
      icon: isDown ? 'down' : 'failed',
      hue: isDown ? 's-down' : 's-failed',
      title: isDown ? `${slave.id} is down` : `${slave.id} refuses orders`,
      text: isDown
        ? `: ${since}.${wait} ${behind === 0 ? 'Nothing waits for it yet; it' : 'It'} catches up by itself when it is back.`
        : `: ${slave.reason ?? since}${wait}`,
      href: '#/slaves',
      link: 'Show slave',
    }
  })
}
