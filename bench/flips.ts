// How far apart do the slaves of a fleet publish, and does any reader ever see a mixed tree?

import { lstatSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { withBenchFleet } from './bench-fleet.ts'
import type { Report } from './report.ts'
import { spreadOf } from './statistics.ts'

const SLAVES = 8
const FLIPS = 100
const MARKED = ['first', 'inner/second', 'inner/deep/third']

export async function benchFlips(report: Report): Promise<void> {
  await withBenchFleet({ slaves: SLAVES }, async ({ upstream, fleet, addProject, sync }) => {
    const reader = { goesOn: true, reads: 0, mixed: 0 }
    mkdirSync(path.join(upstream.folder, 'inner', 'deep'), { recursive: true })
    const mark = (generation: number) => {
      for (const name of MARKED) writeFileSync(path.join(upstream.folder, name), `generation ${generation}\n`)
    }
    mark(0)
    await addProject({ publish: 'atomic' })
    await sync()
    const served = [fleet.destRoot, ...fleet.slaves.map((slave) => slave.publicFolder)].map((at) => path.join(at, 'p'))
    const reading = readOn(served, reader)
    const spreads: number[] = []
    try {
      for (let flip = 1; flip <= FLIPS; flip++) {
        mark(flip)
        await sync()
        spreads.push(spreadOfFlips(served.slice(1)))
      }
    } finally {
      reader.goesOn = false
      await reading
    }
    report.figure(`${SLAVES} slaves, ${FLIPS} flips: from the first rename to the last`, 'ms', spreads)
    report.figure(`mixed trees, of ${reader.reads} that a reader read completely`, '', reader.mixed, { most: 0 })
  })
}

/** rename(2) sets the ctime of what it renames. */
function spreadOfFlips(links: readonly string[]): number {
  const { least, greatest } = spreadOf(links.map((link) => lstatSync(link).ctimeMs))
  return greatest - least
}

/** Reads all marked files of each served tree, as a server does that resolves the symlink once per request. */
async function readOn(served: readonly string[], reader: { goesOn: boolean; reads: number; mixed: number }) {
  while (reader.goesOn) {
    for (const tree of served) {
      const real = realpathSync(tree)
      const seen = new Set(MARKED.map((name) => readFileSync(path.join(real, name), 'utf8')))
      reader.reads += 1
      if (seen.size > 1) reader.mixed += 1
    }
    await yieldToOthers()
  }
}
