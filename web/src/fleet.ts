// What the page knows about the fleet, kept up to date by events. Slaves and masters are asked for: no event has their data.

import { useEffect, useState } from 'preact/hooks'
import type { MasterView } from '../../shared/schemas/master.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded, runsToShow } from '../../shared/schemas/run-state.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'
import { readEvents } from './event-reader.ts'
import type { Session } from './session.ts'

/** Times are in milliseconds since 1970. */
export interface LostConnection {
  since: number
  nextTry: number
  tryNow: () => void
}

export interface Fleet {
  projects: ReadonlyMap<string, ProjectView>
  slaves: readonly SlaveView[]
  /** Empty until the first answer. */
  masters: readonly MasterView[]
  /** Runs that have not ended, by their own ids. */
  open: ReadonlyMap<string, Run>
  /** By project: the run under way, else the first that waits. */
  active: ReadonlyMap<string, Run>
  /** Null while what is shown is live. */
  lost: LostConnection | null
  loaded: boolean
}

const EMPTY: Fleet = {
  projects: new Map(),
  slaves: [],
  masters: [],
  open: new Map(),
  active: new Map(),
  lost: null,
  loaded: false,
}
const ASK_AGAIN_MS = 800
const PAINT_MS = 100
/** How often one of several masters is asked about the others, and a single one about itself. */
const MASTERS_MS = 5_000
const SOLE_MASTER_MS = 60_000

/** The fleet, kept up to date while the component is mounted. */
export function useFleet(session: Session): Fleet {
  const [fleet, setFleet] = useState(EMPTY)
  useEffect(() => followFleet(session, setFleet), [session])
  return fleet
}

function followFleet(session: Session, show: (fleet: Fleet) => void): () => void {
  let fleet = EMPTY
  let painting: ReturnType<typeof setTimeout> | undefined
  let asking: ReturnType<typeof setTimeout> | undefined
  // Many events in a short time are painted once.
  const change = (next: Partial<Fleet>) => {
    fleet = { ...fleet, ...next }
    painting ??= setTimeout(() => {
      painting = undefined
      show(fleet)
    }, PAINT_MS)
  }
  const askForSlaves = () => {
    asking ??= setTimeout(() => {
      asking = undefined
      session.api.get('/list_slaves').then(
        (slaves) => change({ slaves }),
        () => {},
      )
    }, ASK_AGAIN_MS)
  }
  let isStopped = false
  let askingMasters: ReturnType<typeof setTimeout> | undefined
  const askForMasters = (): void => {
    const again = () => {
      if (isStopped) return
      clearTimeout(askingMasters)
      askingMasters = setTimeout(askForMasters, fleet.masters.length > 1 ? MASTERS_MS : SOLE_MASTER_MS)
    }
    if (document.hidden) again()
    else
      session.api.get('/list_masters').then((masters) => {
        change({ masters })
        again()
      }, again)
  }
  const reader = readEvents({
    api: session.api,
    onConnected: () => change({ lost: null }),
    onLost: (pauseMs) => {
      const now = Date.now()
      change({ lost: { since: fleet.lost?.since ?? now, nextTry: now + pauseMs, tryNow: reader.tryNow } })
    },
    onEvent: (name, data) => {
      change(applyEvent(fleet, name, data))
      if (name === 'snapshot') askForMasters()
      if (name.startsWith('slave.') || (name === 'run.changed' && hasEnded(Object(data).run.state))) askForSlaves()
    },
  })
  return () => {
    reader.stop()
    isStopped = true
    clearTimeout(painting)
    clearTimeout(asking)
    clearTimeout(askingMasters)
  }
}

/** What an event changes in the fleet: pure. */
export function applyEvent(fleet: Fleet, name: string, data: unknown): Partial<Fleet> {
  if (name === 'snapshot') {
    const { projects, slaves, runs } = data as { projects: ProjectView[]; slaves: SlaveView[]; runs: Run[] }
    return {
      projects: new Map(projects.map((project) => [project.id, project])),
      slaves,
      ...withOpen(new Map(runs.map((run) => [run.run, run]))),
      loaded: true,
    }
  }
  const { id, project, run } = Object(data) as { id?: string; project?: ProjectView; run?: Run }
  if (project !== undefined && id !== undefined) {
    return { projects: new Map(fleet.projects).set(project.id, project) }
  }
  if (name === 'project.removed' && id !== undefined) {
    const others = new Map([...fleet.open].filter(([, one]) => one.id !== id))
    return { projects: without(fleet.projects, id), ...withOpen(others) }
  }
  if (run === undefined) return {}
  const others = without(fleet.open, run.run)
  return withOpen(hasEnded(run.state) ? others : others.set(run.run, run))
}

function withOpen(open: ReadonlyMap<string, Run>): Pick<Fleet, 'open' | 'active'> {
  return { open, active: runsToShow(open.values()) }
}

function without<T>(map: ReadonlyMap<string, T>, key: string): Map<string, T> {
  const copy = new Map(map)
  copy.delete(key)
  return copy
}
