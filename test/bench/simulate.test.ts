// The simulation against what was measured, and against what must hold in any fleet.

import { expect, it } from 'vitest'
import { arrange, type SimulatedSlave, simulate } from '../../bench/simulate.ts'

const MIB = 1024 ** 2
const slave = (above: number | null): SimulatedSlave => ({ above, downlink: 1e12, uplink: 8 * MIB, roundTrip: 0 })
const run = (slaves: SimulatedSlave[]) =>
  simulate({ slaves, uplink: 8 * MIB, bytes: 2 * MIB, tellCost: 0, hopCost: 0.17 })
const last = (slaves: SimulatedSlave[]) => Math.max(...run(slaves).prepared)

/** As the benchmark of tiers arranges them: two below each node. */
const tree = (count: number) =>
  Array.from({ length: count }, (_, index) => slave(index < 2 ? null : Math.floor(index / 2) - 1))
const flat = (count: number) => Array.from({ length: count }, () => slave(null))

it('comes within a quarter of what the benchmark of tiers measures on real rsync', () => {
  // Seconds, on one machine with two processors.
  for (const [simulated, measured] of [
    [last(flat(4)), 1.23],
    [last(flat(16)), 4.38],
    [last(tree(4)), 1.3],
    [last(tree(16)), 2.7],
  ] as const) {
    expect(Math.abs(simulated / measured - 1)).toBeLessThan(0.25)
  }
})

it('shares an uplink evenly, and never sends faster than it', () => {
  const { prepared, sentByMaster } = run(flat(8))
  expect(new Set(prepared.map((at) => at.toFixed(6))).size).toBe(1)
  expect(prepared[0]).toBeCloseTo((8 * 2) / 8 + 0.17, 5)
  expect(sentByMaster).toBe(16 * MIB)
})

it('begins a slave only when the one above it has it', () => {
  const { prepared } = run([slave(null), slave(0), slave(1)])
  expect(prepared.map((at) => at.toFixed(2))).toEqual(['0.42', '0.84', '1.26'])
})

it('arranges every slave once, each below one that comes before it', () => {
  for (const shape of ['flat', 'relay', 'tree'] as const) {
    const slaves = arrange(103, shape, 1)
    expect(slaves).toHaveLength(103)
    for (const [index, { above }] of slaves.entries()) expect(above ?? -1).toBeLessThan(index)
    expect(slaves.filter(({ above }) => above === null)).toHaveLength(shape === 'flat' ? 103 : 5)
  }
})
