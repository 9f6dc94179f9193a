// How much longer is a whole run than a bare rsync of the same tree, when nothing has changed?

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '../scripts/sample/api.ts'
import { startFleet } from '../scripts/sample/fleet.ts'
import { startUpstream } from '../scripts/sample/upstream.ts'
import { makeTree } from './sample-tree.ts'
import { print, showSpread, spreadOf } from './statistics.ts'

const FILES = 50_000
const ROUNDS = 21

export async function benchRunOverhead(): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-bench-'))
  const upstream = await startUpstream({ root: path.join(root, 'upstream') })
  const fleet = await startFleet({ root, slaves: 0, settings: { LOG_LEVEL: 'warn' } })
  try {
    makeTree(upstream.folder, FILES)
    const target = {
      project: 'p',
      rsync_host: '127.0.0.1',
      rsync_port: upstream.port,
      rsync_module: upstream.module,
      dest: fleet.destRoot,
    }
    await fleet.api.ask('/add_project/', target)
    await fleet.api.sync('p')
    // Nothing changes in it, so that both can look at the very same tree.
    const bareTree = path.join(fleet.destRoot, 'p')
    const bareArgs = ['-avH', '--delete', `rsync://127.0.0.1:${upstream.port}/${upstream.module}/`, `${bareTree}/`]
    timeBare(bareArgs)
    const [ours, bare, timed]: [number[], number[], number[]] = [[], [], []]
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(timeBare(bareArgs))
      const time = timeBare(['--timeout=600', ...bareArgs])
      timed.push(time)
      ours.push(await timeRun(fleet.api, time))
    }
    print(`${FILES} files, nothing changed, ${ROUNDS} rounds in turn, milliseconds`)
    print(`bare rsync -avH --delete: ${showSpread(bare, 0)}`)
    print(`bare rsync -avH --delete --timeout=600, which every run has: ${showSpread(timed, 0)}`)
    print(`a whole run, from queued to stored as succeeded: ${showSpread(ours, 0)}`)
    print(`ratio of medians over bare: ${ratio(ours, bare)}, over bare with the time-out: ${ratio(ours, timed)}`)
  } finally {
    await fleet.stop()
    await upstream.stop()
    rmSync(root, { recursive: true, force: true })
  }
}

function timeBare(args: readonly string[]): number {
  const started = performance.now()
  execFileSync('rsync', args, { maxBuffer: 1e9 })
  return performance.now() - started
}

function ratio(a: readonly number[], b: readonly number[]): string {
  return (spreadOf(a).median / spreadOf(b).median).toFixed(2)
}

/** Asks only when the run is over, or nearly: questions would take the processor that the run is measured on. */
async function timeRun(api: Api, expectedMs: number): Promise<number> {
  const { run: id } = await api.ask('/syncup/?id=p')
  await sleep(expectedMs)
  const run = await api.waitForRun(id)
  if (run.state !== 'succeeded') throw new Error(`the run ended ${run.state}`)
  return Date.parse(run.finished_at ?? '') - Date.parse(run.queued_at)
}
