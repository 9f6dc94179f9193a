// The faults of the soak test: kill -9, a backup of the master that is put back, and files that are cut off while a node is down.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet, SampleSlave } from '../sample/fleet.ts'

/** How often each happened. */
export interface FaultCounts {
  masterKills: number
  slaveKills: number
  restores: number
  tornFiles: number
}

/** Called with what the master knows and forgets: `kept` when a backup was taken, `forgotten` when it was put back. */
export interface RestoreListener {
  kept: () => void
  forgotten: () => void
}

/** What is written whole, with its length and sum or as JSON, so that half of it is never taken for all. */
const DURABLE = /^(\d+\.list|\d+\.json|mark|difference\.list|tree\.json)$/
/** The master's trees lie in its data folder, and are not part of the backup: they stay as they are today. */
const TREES = 'mirror'

export function createFaults(fleet: Fleet, listener: RestoreListener) {
  const counts: FaultCounts = { masterKills: 0, slaveKills: 0, restores: 0, tornFiles: 0 }
  const backup = path.join(fleet.root, 'backup')

  const killMaster = async (work: () => void): Promise<void> => {
    fleet.master.signal('SIGKILL')
    await fleet.master.ended
    counts.masterKills++
    work()
    await sleep(Math.random() * 2_000)
    await fleet.startMaster()
  }
  /** As the docs say: what a killed master left running stands in its data folder, and not in the backup. */
  const stopMaster = async (work: () => void): Promise<void> => {
    await fleet.master.stop()
    work()
    await fleet.startMaster()
  }
  const downSlave = async (work: (slave: SampleSlave) => void): Promise<void> => {
    const slave = pick(fleet.slaves)
    if (slave === undefined) return
    slave.process?.signal('SIGKILL')
    await slave.process?.ended
    counts.slaveKills++
    work(slave)
    await sleep(Math.random() * 3_000)
    await fleet.startSlave(slave)
  }

  const copy = (from: string, to: string) =>
    execFileSync('rsync', ['-a', '--delete', `--exclude=/${TREES}`, `${from}/`, to])
  const backUpOrRestore = (): void => {
    if (!existsSync(backup)) {
      copy(fleet.dataFolder, backup)
      listener.kept()
      return
    }
    copy(backup, fleet.dataFolder)
    rmSync(backup, { recursive: true })
    counts.restores++
    listener.forgotten()
  }
  /** Cuts off one file below these folders: all of it, or half. */
  const tear = (folders: readonly string[]): void => {
    const file = pick(folders.flatMap(listDurable))
    if (file === undefined) return
    truncateSync(file, pick([0, Math.floor(statSync(file).size / 2)]))
    counts.tornFiles++
  }

  const order = [
    () => stopMaster(backUpOrRestore),
    () => downSlave((slave) => tear([path.join(slave.publicFolder, '.mirrorfleet')])),
    () => stopMaster(backUpOrRestore),
    () => downSlave(() => {}),
    () => killMaster(() => tear([path.join(fleet.dataFolder, 'changes'), path.join(fleet.destRoot, '.mirrorfleet')])),
  ]
  let next = 0
  return {
    counts,
    inject: async (): Promise<void> => order[next++ % order.length]?.(),
    /** True when each kind has happened, as in the shortest test too. */
    isThrough: (): boolean => next >= order.length,
  }
}

function listDurable(folder: string): string[] {
  return readdirSync(folder).flatMap((key) => {
    const below = path.join(folder, key)
    if (!statSync(below).isDirectory()) return []
    return readdirSync(below)
      .filter((name) => DURABLE.test(name))
      .map((name) => path.join(below, name))
  })
}

function pick<T>(choices: readonly T[]): T | undefined {
  return choices[Math.floor(Math.random() * choices.length)]
}
