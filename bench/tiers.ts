// When the master's uplink is what ends first: how much sooner do slaves have a tree when they pull from each other?

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Fleet, startFleet } from '../scripts/sample/fleet.ts'
import { startUpstream } from '../scripts/sample/upstream.ts'
import { type Report, ratios } from './report.ts'

const SIZES = [2, 4, 8, 16]
const ROUNDS = 5
/** What every node may send at most, in KiB/s, whoever takes it; and what has changed, in KiB. */
const UPLINK = 8_192
const CHANGED = 2_048
/** How many pull from the same node in a tree. */
const DEGREE = 2

export async function benchTiers(report: Report): Promise<void> {
  report.note(
    `every node sends ${UPLINK / 1024} MiB/s at most, shared by those that pull from it (--bwlimit); ${CHANGED / 1024} MiB change; a tree has ${DEGREE} slaves below each node`,
  )
  for (const size of SIZES) await benchFleet(report, size)
}

async function benchFleet(report: Report, size: number): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-bench-'))
  const upstream = await startUpstream({ root: path.join(root, 'upstream') })
  const fleet = await startFleet({
    root,
    slaves: size,
    slaveRsyncd: true,
    settings: { LOG_LEVEL: 'warn', SLAVE_POLL_S: '2' },
  })
  try {
    const target = {
      rsync_host: '127.0.0.1',
      rsync_port: upstream.port,
      rsync_module: upstream.module,
      dest: fleet.destRoot,
    }
    writeFileSync(path.join(upstream.folder, 'small'), 'small\n')
    await fleet.api.ask('/add_project/', { project: 'p', ...target })
    await fleet.api.sync('p')
    const [flat, tree]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS; round++) {
      await arrange(fleet, 'flat')
      flat.push(await timeFanOut(fleet, upstream.folder, UPLINK / size))
      await arrange(fleet, 'tree')
      tree.push(await timeFanOut(fleet, upstream.folder, UPLINK / DEGREE))
    }
    report.figure(`${size} slaves, flat: until the last has it`, 'ms', flat)
    report.figure(`${size} slaves, in a tree: until the last has it`, 'ms', tree)
    report.figure(`${size} slaves: tree over flat`, '', ratios(tree, flat))
  } finally {
    await fleet.stop()
    await upstream.stop()
    rmSync(root, { recursive: true, force: true })
  }
}

async function arrange(fleet: Fleet, how: 'flat' | 'tree'): Promise<void> {
  for (const [index, { port }] of fleet.slaves.entries()) {
    const above = index < DEGREE ? undefined : fleet.slaves[Math.floor(index / DEGREE) - 1]
    const upstream = how === 'flat' || above === undefined ? null : above.id
    await fleet.api.ask('/add_slave/', { hostname: 'localhost', port, upstream })
  }
}

let written = 0

/** Changes one file, syncs, and returns the milliseconds from the end of the upstream stage to the end of the last slave. */
async function timeFanOut(fleet: Fleet, folder: string, kibAShare: number): Promise<number> {
  const options = { basic: [`--bwlimit=${Math.round(kibAShare)}`], defaults: ['-aH'] }
  // Random, or rsync would find the old content in the new one; whole, for nothing of it is there.
  const { randomFillSync } = await import('node:crypto')
  writeFileSync(path.join(folder, 'large'), randomFillSync(Buffer.alloc(CHANGED * 1024 + ++written)))
  await fleet.api.ask('/update_project/basic/', { id: 'p', rsync_options: options })
  const run = await fleet.api.waitForRun((await fleet.api.ask('/syncup/?id=p')).run, 300_000)
  if (run.state !== 'succeeded') throw new Error(`the run ended ${run.state}: ${run.error?.message}`)
  const ends = run.slaves.map((slave) => Date.parse(slave.finished_at ?? ''))
  return Math.max(...ends) - Date.parse(run.upstream.finished_at ?? '')
}
