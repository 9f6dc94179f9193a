// Trouble that many projects share, each told once: pure.

import type { MasterView } from '../../shared/schemas/master.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'
import { formatSince } from './format.ts'
import { lookOfMaster, reasonOfMaster } from './master-look.ts'

export interface Nodes {
  masters: readonly MasterView[]
  slaves: readonly SlaveView[]
}

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
export function noticesOf({ masters, slaves }: Nodes, now = Date.now()): Notice[] {
  return [...noticesOfMasters(masters, now), ...noticesOfSlaves(slaves, now)]
}

/** A master that was stopped on purpose is trouble only while projects wait for it; a single one is never seen down. */
function noticesOfMasters(masters: readonly MasterView[], now: number): Notice[] {
  const unwell = masters.filter(
    ({ state, projects, disk }) => state === 'down' || (state === 'left' && projects !== 0) || disk?.is_low,
  )
  return unwell.map((master) => {
    const { word, icon } = lookOfMaster(master)
    const several = masters.length > 1
    return {
      icon,
      hue: master.state === 'down' ? 's-down' : 's-partial',
      title: word === 'disk low' ? `The disk of master ${master.node} is low` : `Master ${master.node} is ${word}`,
      text: `. ${reasonOfMaster(master, now)}`,
      href: several ? '#/masters' : '#/',
      link: several ? 'Show master' : 'Show projects',
    }
  })
}

function noticesOfSlaves(slaves: readonly SlaveView[], now: number): Notice[] {
  const unwell = slaves.filter(({ state }) => state === 'down' || state === 'refuses')
  return unwell.map((slave): Notice => {
    const behind = Object.values(slave.projects).filter(({ lag }) => lag > 0).length
    const since =
      slave.last_seen === null
        ? 'it has not answered since the master was started'
        : `last seen ${formatSince(slave.last_seen, now)}`
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
