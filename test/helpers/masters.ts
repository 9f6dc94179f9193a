// Three masters on a PostgreSQL of the tests' own with a sample upstream, for the tests of one file.

import { rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type Masters, type SampleMaster, startMasters } from '../../scripts/sample/masters.ts'
import { type SamplePostgres, startPostgres } from '../../scripts/sample/postgres.ts'
import { makeSampleTree } from '../../scripts/sample/trees.ts'
import { startUpstream, type Upstream } from '../../scripts/sample/upstream.ts'
import { temporaryFolder } from './folder.ts'

export interface MastersSample {
  postgres: SamplePostgres
  upstream: Upstream
  fleet: Masters
  masterAt: (index: number) => SampleMaster
  /** Adds a project of the upstream by way of a master, below that one's DEST_ROOT. */
  add: (at: SampleMaster, project: string, more: object) => Promise<unknown>
}

/** Starts all of it before the file's tests and stops it after; the object is filled by then. */
export function useMasters(options: { sharedDisk: boolean }): MastersSample {
  const sample = {} as MastersSample
  let root = ''
  beforeAll(async () => {
    root = temporaryFolder(true)
    sample.postgres = await startPostgres()
    sample.upstream = await startUpstream({ root: path.join(root, 'upstream') })
    await makeSampleTree(sample.upstream.folder)
    const storeUrl = sample.postgres.createDatabase('fleet')
    sample.fleet = await startMasters({ root, storeUrl, nodes: ['one', 'two', 'three'], slaves: 1, ...options })
  })
  afterAll(async () => {
    await sample.fleet?.stop()
    await sample.upstream?.stop()
    await sample.postgres?.end()
    rmSync(root, { recursive: true, force: true })
  })
  sample.masterAt = (index) => {
    const master = sample.fleet.masters[index]
    if (master === undefined) throw new Error('no such master')
    return master
  }
  sample.add = (at, project, more) =>
    at.api.ask('/add_project/', {
      project,
      rsync_host: '127.0.0.1',
      rsync_port: sample.upstream.port,
      rsync_module: sample.upstream.module,
      dest: at.destRoot,
      ...more,
    })
  return sample
}
