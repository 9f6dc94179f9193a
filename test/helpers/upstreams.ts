// Upstreams of a test's own, for the tests of one file, which may run at the same time.

import { rmSync } from 'node:fs'
import { afterAll } from 'vitest'
import { makeSampleTree } from '../../scripts/sample/trees.ts'
import { startUpstream, type Upstream, type UpstreamOptions } from '../../scripts/sample/upstream.ts'
import { temporaryFolder } from './folder.ts'

export interface OwnUpstreams {
  /** Starts one that serves an empty folder. */
  startEmpty: (options?: Omit<UpstreamOptions, 'root'>) => Promise<Upstream>
  /** Starts one that serves the sample tree. */
  startFilled: (options?: Omit<UpstreamOptions, 'root'>) => Promise<Upstream>
}

/** All of them last until the file's tests have ended. */
export function useOwnUpstreams(): OwnUpstreams {
  const roots: string[] = []
  const upstreams: Upstream[] = []
  afterAll(async () => {
    await Promise.all(upstreams.map((one) => one.stop()))
    for (const root of roots) rmSync(root, { recursive: true, force: true })
  })
  const startEmpty: OwnUpstreams['startEmpty'] = async (options = {}) => {
    const root = temporaryFolder(true)
    roots.push(root)
    const upstream = await startUpstream({ root, ...options })
    upstreams.push(upstream)
    return upstream
  }
  const startFilled: OwnUpstreams['startFilled'] = async (options) => {
    const upstream = await startEmpty(options)
    await makeSampleTree(upstream.folder)
    return upstream
  }
  return { startEmpty, startFilled }
}
