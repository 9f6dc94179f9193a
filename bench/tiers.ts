// How much sooner do slaves have a tree when they pull from each other, with the master's uplink as the bottleneck?

import { randomFillSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Fleet } from '../scripts/sample/fleet.ts'
import { type BenchFleet, withBenchFleet } from './bench-fleet.ts'
import { type Report, ratios } from './report.ts'

const SIZES = [2, 4, 8, 16]
const ROUNDS = 5
/** The most that a node sends to all others together, in KiB/s; and the size of the changes, in KiB. */
const UPLINK = 8_192
const CHANGED = 2_048
/** How many slaves pull from the same node in a tree. */
const DEGREE = 2

export async function benchTiers(report: Report): Promise<void> {
  report.note(
    `every node sends at most ${UPLINK / 1024} MiB/s, shared by the slaves that pull from it (--bwlimit); ${CHANGED / 1024} MiB of changes; a tree has ${DEGREE} slaves below each node`,
  )
  for (const size of SIZES) await benchFleet(report, size)
}

async function benchFleet(report: Report, size: number): Promise<void> {
  await withBenchFleet({ slaves: size, slaveRsyncd: true, settings: { SLAVE_POLL_S: '2' } }, async (bench) => {
    writeFileSync(path.join(bench.upstream.folder, 'small'), 'small\n')
    await bench.addProject()
    await bench.sync()
    const [flat, tree]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS; round++) {
      await arrange(bench.fleet, 'flat')
      flat.push(await timeFanOut(bench, UPLINK / size, CHANGED * 1024 + 2 * round))
      await arrange(bench.fleet, 'tree')
      tree.push(await timeFanOut(bench, UPLINK / DEGREE, CHANGED * 1024 + 2 * round + 1))
    }
    report.figure(`${size} slaves, flat: until the last slave has the tree`, 'ms', flat)
    report.figure(`${size} slaves, in a tree: until the last slave has the tree`, 'ms', tree)
    report.figure(`${size} slaves: tree over flat`, '', ratios(tree, flat))
  })
}

async function arrange(fleet: Fleet, how: 'flat' | 'tree'): Promise<void> {
  for (const [index, { port }] of fleet.slaves.entries()) {
    const above = index < DEGREE ? undefined : fleet.slaves[Math.floor(index / DEGREE) - 1]
    const upstream = how === 'flat' || above === undefined ? null : above.id
    await fleet.api.ask('/add_slave/', { hostname: 'localhost', port, upstream })
  }
}

/**
 * Changes one file to `bytes` of random content (rsync takes two files of the same size and second for equal), syncs,
 * and returns the milliseconds from the end of the upstream stage to the end of the last slave.
 */
async function timeFanOut({ upstream, fleet, sync }: BenchFleet, kibAShare: number, bytes: number): Promise<number> {
  const options = { basic: [`--bwlimit=${Math.round(kibAShare)}`], defaults: ['-aH'] }
  // Random, so that rsync finds nothing of the old content in it.
  writeFileSync(path.join(upstream.folder, 'large'), randomFillSync(Buffer.alloc(bytes)))
  await fleet.api.ask('/update_project/basic/', { id: 'p', rsync_options: options })
  const run = await sync()
  const ends = run.slaves.map((slave) => Date.parse(slave.finished_at ?? ''))
  return Math.max(...ends) - Date.parse(run.upstream.finished_at ?? '')
}
