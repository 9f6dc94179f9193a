// A sample upstream with a sample fleet for the tests of one file, and the payload that joins them.

import { rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type Fleet, type FleetOptions, startFleet } from '../../scripts/sample/fleet.ts'
import { makeSampleTree } from '../../scripts/sample/trees.ts'
import { startUpstream, type Upstream } from '../../scripts/sample/upstream.ts'
import { temporaryFolder } from './folder.ts'

export interface Sample {
  upstream: Upstream
  fleet: Fleet
  /** The payload of add_project for the upstream. */
  payload: (project: string, more?: object) => object
}

export const UPSTREAM_LOGIN = { user: 'mirror-user', password: 'upstream-secret-of-the-tests' }

/** Starts both before the file's tests and stops them after; the object is filled by then. */
export function useSample(options: Omit<FleetOptions, 'root'>): Sample {
  const sample = {} as Sample
  let root = ''
  beforeAll(async () => {
    root = temporaryFolder(true)
    sample.upstream = await startUpstream({ root: path.join(root, 'upstream'), ...UPSTREAM_LOGIN })
    await makeSampleTree(sample.upstream.folder)
    sample.fleet = await startFleet({ root, ...options })
    sample.payload = (project, more = {}) => ({
      project,
      rsync_host: '127.0.0.1',
      rsync_port: sample.upstream.port,
      rsync_module: sample.upstream.module,
      rsync_user: UPSTREAM_LOGIN.user,
      rsync_password: UPSTREAM_LOGIN.password,
      dest: sample.fleet.destRoot,
      ...more,
    })
  })
  afterAll(async () => {
    await sample.fleet?.stop()
    await sample.upstream?.stop()
    rmSync(root, { recursive: true, force: true })
  })
  return sample
}
