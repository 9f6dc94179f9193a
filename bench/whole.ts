// How many broken repositories does a mirror publish while its upstream is rebuilt in place, with and without the check?

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Run } from '../shared/schemas/run.ts'
import { type Archive, type ArchiveKind, forgetKey, makeArchive } from './archives.ts'
import { withBenchFleet } from './bench-fleet.ts'
import { checkArchive } from './check-archive.ts'
import type { Report } from './report.ts'

/** The pause after each step of an update: one takes some three seconds then. */
const PAUSE_MS = 150
const PACKAGES = 60

interface Case {
  kind: ArchiveKind
  verify: 'off' | 'hold'
  /** Whether the upstream rests as long as it is at work, or never. */
  rests: boolean
  publishes: number
}

const CASES: readonly Case[] = [
  { kind: 'debian', verify: 'off', rests: true, publishes: 40 },
  { kind: 'debian', verify: 'hold', rests: true, publishes: 60 },
  { kind: 'debian', verify: 'hold', rests: false, publishes: 40 },
  { kind: 'rpm', verify: 'off', rests: true, publishes: 40 },
  { kind: 'rpm', verify: 'hold', rests: true, publishes: 60 },
  { kind: 'rpm', verify: 'hold', rests: false, publishes: 40 },
]
/** An upstream that never rests may let none through. */
const MOST_RUNS = 3

export async function benchWhole(report: Report, cases: readonly Case[] = CASES): Promise<void> {
  report.note(
    `${PACKAGES} packages, signed; one in twenty is replaced in each update, of steps with ${PAUSE_MS} ms between them; publish: atomic, one slave`,
  )
  report.note("judged after each publish on the slave: every sum and signature, and apt-get's own update")
  let [published, broken] = [0, 0]
  for (const one of cases) {
    const counted = await benchCase(report, one)
    if (one.verify === 'off') continue
    published += counted.published
    broken += counted.broken
  }
  report.figure('published with verify: hold, over all', '', published)
  report.figure('broken among them', '', broken, { most: 0 })
}

async function benchCase(report: Report, one: Case): Promise<{ published: number; broken: number }> {
  const { kind, verify, rests, publishes } = one
  const name = `${kind}, verify: ${verify}, ${rests ? 'the upstream rests half of the time' : 'the upstream never rests'}`
  const keyrings = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-keyrings-'))
  let [runs, published, broken] = [0, 0, 0]
  await withBenchFleet({ slaves: 1, settings: { RETRY_LIMIT: '0', KEYRINGS_DIR: keyrings } }, async (bench) => {
    const { root, upstream, fleet } = bench
    const state = path.join(root, 'state')
    const archive = await makeArchive(kind, { folder: upstream.folder, state, packages: PACKAGES, pauseMs: PAUSE_MS })
    copyFileSync(archive.keyring, path.join(keyrings, 'bench.gpg'))
    await bench.addProject({ publish: 'atomic', layout: kind, verify, verify_keyring: 'bench.gpg' })
    const moving = keepMoving(archive, rests)
    const served = path.join(fleet.slaves[0]?.publicFolder ?? '', 'p')
    const faults = new Set<string>()
    while (published < publishes && runs < publishes * MOST_RUNS) {
      const run = await fleet.api.waitForRun((await fleet.api.ask('/syncup/?id=p')).run)
      if (!isNew(run)) continue
      runs += 1
      if (run.state !== 'succeeded') continue
      published += 1
      const found = await checkArchive(kind, served, archive.keyring, path.join(root, 'apt'))
      if (found.length > 0) broken += 1
      for (const fault of found.slice(0, 1)) faults.add(fault.replace(/.*\//, ''))
    }
    await moving.stop()
    await forgetKey(state)
    if (faults.size > 0) report.note(`${name}: such as ${[...faults].slice(0, 3).join('; ')}`)
  })
  rmSync(keyrings, { recursive: true })
  report.figure(`${name}: published`, `of ${runs} runs`, published, rests ? { least: runs / 2 } : null)
  report.figure(`${name}: broken`, `of ${published}`, broken, verify === 'off' ? null : { most: 0 })
  return { published, broken }
}

/** A run that finds nothing new counts for nothing. */
function isNew({ state, upstream: { summary } }: Run): boolean {
  return state !== 'succeeded' || (summary !== null && summary.added + summary.modified + summary.deleted > 0)
}

/** Updates the archive again and again. */
function keepMoving(archive: Archive, rests: boolean): { stop: () => Promise<void> } {
  let isStopped = false
  const moving = (async () => {
    while (!isStopped) {
      const began = performance.now()
      await archive.update()
      if (rests) await sleep(performance.now() - began)
    }
  })()
  return {
    stop: async () => {
      isStopped = true
      await moving
    },
  }
}
