// A small simulation of a fan-out to many slaves: who pulls from whom, shared uplinks, and the delay of messages.

import type { Report } from './report.ts'

/** One node that pulls; `above` is the index of the slave that it pulls from, null for the master. */
export interface SimulatedSlave {
  above: number | null
  /** What it can receive and send, in bytes per second. */
  downlink: number
  uplink: number
  /** From the master to it and back, in seconds. */
  roundTrip: number
}

export interface Simulation {
  slaves: readonly SimulatedSlave[]
  /** The master's uplink, in bytes per second. */
  uplink: number
  /** The size of the changes, in bytes. */
  bytes: number
  /** How long the master takes to tell one slave, in seconds. It tells one after the other. */
  tellCost: number
  /** What a slave needs besides the transfer, in seconds: starting rsync, comparing, reporting. */
  hopCost: number
}

export interface SimulatedRun {
  /** When each slave has the tree, in seconds since the end of the upstream stage. */
  prepared: number[]
  /** From the first slave's flip to the last one's, in seconds. */
  flipSpread: number
  /** What the master sent, in bytes. */
  sentByMaster: number
}

interface Transfer {
  slave: number
  left: number
}

/**
 * Simulates one run. The slaves that pull from a node at the same time share its uplink evenly. A slave begins when the
 * one above it is done.
 */
export function simulate(given: Simulation): SimulatedRun {
  const { slaves, bytes, tellCost, hopCost } = given
  const prepared = slaves.map(() => Number.POSITIVE_INFINITY)
  const starts = slaves.map((slave, index) =>
    slave.above === null ? readyAt(given, index, 0) : Number.POSITIVE_INFINITY,
  )
  const active: Transfer[] = []
  let now = 0
  for (let done = 0; done < slaves.length; ) {
    const nextStart = Math.min(...starts)
    const rates = ratesOf(given, active)
    const { transfer, at } = nextEnd(active, rates, now)
    const until = Math.min(nextStart, at)
    if (!Number.isFinite(until)) throw new Error('A slave pulls from a node that never has the tree')
    for (const [index, one] of active.entries()) one.left -= (rates[index] ?? 0) * (until - now)
    now = until
    if (transfer !== null && at <= nextStart) {
      active.splice(active.indexOf(transfer), 1)
      prepared[transfer.slave] = now + hopCost / 2
      done += 1
      for (const [index, slave] of slaves.entries()) {
        if (slave.above === transfer.slave) starts[index] = readyAt(given, index, now + hopCost / 2)
      }
    } else {
      const slave = starts.indexOf(nextStart)
      starts[slave] = Number.POSITIVE_INFINITY
      active.push({ slave, left: bytes })
    }
  }
  const flips = slaves.map((slave, index) => index * tellCost + slave.roundTrip / 2)
  return {
    prepared,
    flipSpread: Math.max(...flips) - Math.min(...flips),
    sentByMaster: slaves.filter(({ above }) => above === null).length * bytes,
  }
}

function readyAt({ slaves, tellCost, hopCost }: Simulation, index: number, at: number): number {
  const slave = slaves[index]
  return at + index * tellCost * (at === 0 ? 1 : 0) + (slave?.roundTrip ?? 0) + hopCost / 2
}

/** The current rate of each transfer: its share of the uplink above, and at most its slave's downlink. */
function ratesOf({ slaves, uplink }: Simulation, active: readonly Transfer[]): number[] {
  const sharing = new Map<number | null, number>()
  const aboves = active.map(({ slave }) => slaves[slave]?.above ?? null)
  for (const above of aboves) sharing.set(above, (sharing.get(above) ?? 0) + 1)
  return active.map(({ slave }, index) => {
    const above = aboves[index] ?? null
    const source = above === null ? uplink : (slaves[above]?.uplink ?? 0)
    return Math.min(source / (sharing.get(above) ?? 1), slaves[slave]?.downlink ?? 0)
  })
}

function nextEnd(active: readonly Transfer[], rates: readonly number[], now: number) {
  let next: { transfer: Transfer | null; at: number } = { transfer: null, at: Number.POSITIVE_INFINITY }
  for (const [index, transfer] of active.entries()) {
    const at = now + transfer.left / (rates[index] ?? 0)
    if (at < next.at) next = { transfer, at }
  }
  return next
}

/** How the slaves of a region are connected. */
export type Shape = 'flat' | 'relay' | 'tree'

const GBIT = 125_000_000
const REGIONS = [0.005, 0.09, 0.16, 0.21, 0.28]
const DEGREE = 4

/**
 * Slaves in five regions at growing distance. `flat`: all pull from the master; `relay`: one per region does, and the
 * others pull from that one; `tree`: below the relay, four slaves pull from each slave.
 */
export function arrange(count: number, shape: Shape, uplink: number): SimulatedSlave[] {
  const slaves: SimulatedSlave[] = []
  for (const [region, roundTrip] of REGIONS.entries()) {
    const first = slaves.length
    const members = Math.floor((count + REGIONS.length - 1 - region) / REGIONS.length)
    for (let member = 0; member < members; member++) {
      const below = shape === 'relay' ? first : first + Math.floor((member - 1) / DEGREE)
      slaves.push({ above: shape === 'flat' || member === 0 ? null : below, downlink: uplink, uplink, roundTrip })
    }
  }
  return slaves
}

/** Measured by the benchmark `control-plane`, and by `tiers` as the time beyond what its uplinks need. */
const TELL_COST_S = 0.0009
const HOP_COST_S = 0.17

export async function benchSimulate(report: Report): Promise<void> {
  report.note(
    `a simulation: 1 Gbit/s at every node, five regions up to ${REGIONS.at(-1)} s away, ${TELL_COST_S * 1000} ms to tell a slave and ${HOP_COST_S} s per hop, as measured; 20 GiB of changes`,
  )
  for (const count of [3, 10, 100, 1_000]) {
    for (const shape of ['flat', 'relay', 'tree'] as const) {
      const slaves = arrange(count, shape, GBIT)
      const run = simulate({ slaves, uplink: GBIT, bytes: 20 * 1024 ** 3, tellCost: TELL_COST_S, hopCost: HOP_COST_S })
      report.figure(
        `${count} slaves, ${shape}: until the last slave has the tree`,
        'min',
        Math.max(...run.prepared) / 60,
      )
      if (shape === 'flat') report.figure(`${count} slaves: flips, first to last`, 'ms', run.flipSpread * 1000)
    }
  }
}
