// A project with a probe, its upstream, and a master that counts what is asked of it.

import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { makeSampleTree } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import { startUpstream, type UpstreamOptions } from '../../scripts/sample/upstream.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { startTestMaster } from '../helpers/master.ts'

const DAY_MS = 86_400_000

/** An upstream, and a master without slaves that has one project of it. Its clock goes on by `later`. */
export const start = async (
  more: object = {},
  options: Omit<UpstreamOptions, 'root'> = {},
  env: Record<string, string> = {},
) => {
  const root = temporaryFolder()
  const upstream = await startUpstream({ root, ...options })
  onTestFinished(upstream.stop)
  await makeSampleTree(upstream.folder)
  const put = (name: string, text: string) => writeFileSync(path.join(upstream.folder, name), text)
  put('lastupdate', '1')
  let skipped = 0
  const master = await startTestMaster({ RETRY_LIMIT: '0', DISK_FLOOR_MB: '1', ...env }, () => Date.now() + skipped)
  const add = (project: string, fields: object = {}, login?: Parameters<typeof master.ask>[2]) =>
    master.ask(
      '/add_project/',
      {
        project,
        rsync_host: '127.0.0.1',
        rsync_port: upstream.port,
        rsync_module: upstream.module,
        dest: `${master.folder}/mirror`,
        probe: { file: 'lastupdate' },
        ...fields,
      },
      login,
    )
  expect(await add('p', more)).toMatchObject({ status: 200 })
  const waitFor = (run: string): Promise<Run> =>
    until(`the end of ${run}`, async () => {
      const { body } = await master.ask(`/get_run/?run=${run}`)
      return hasEnded(body.state) && body
    })
  const sync = async (query = '', id = 'p') => waitFor((await master.ask(`/syncup/?id=${id}${query}`)).body.run)
  /** What the daemon says that it let in. */
  const connections = () => readFileSync(path.join(root, 'log'), 'utf8').split('allowed access on module').length - 1
  const log = async (run: Run): Promise<string> => (await master.ask(`/run_log/?run=${run.run}`)).body
  return {
    ...master,
    upstream,
    put,
    add,
    waitFor,
    sync,
    /** A run, how often it connected to the daemon, and the paths that it asked for. */
    asked: async (work: () => Promise<Run>) => {
      const before = connections()
      const run = await work()
      const paths = [...(await log(run)).matchAll(/^\$ rsync .* rsync:\/\/\S*?\/(\S+) /gm)].map(([, name]) => name)
      expect(connections() - before).toBe(paths.length)
      return { run, paths }
    },
    later: (days: number) => {
      skipped += days * DAY_MS
    },
    log,
    project: async (id = 'p') => (await master.ask(`/list_projects/?id=${id}`)).body[0],
  }
}

export const WALK = { state: 'succeeded', upstream: { state: 'succeeded', scanned: 'walk' } }
export const UNCHANGED = {
  state: 'succeeded',
  error: null,
  upstream: { state: 'unchanged', scanned: 'none', exit_code: null, summary: null, error: null, drift: null },
}
