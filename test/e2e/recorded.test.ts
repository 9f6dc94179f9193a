// The data folders of a fleet of an earlier version: everything is there, and the fleet goes on.

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { SAMPLE_LOGIN, startFleet } from '../../scripts/sample/fleet.ts'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { startUpstream } from '../../scripts/sample/upstream.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { startTestMaster } from '../helpers/master.ts'
import { unpackRecordedFleet } from '../helpers/recorded.ts'

/** By commit 82b6ab7. */
const ARCHIVE = 'test/recorded/fleet-2026-11-25.tar.gz'

it('every project, user, token, run and log is there as it was', async () => {
  const recorded = await unpackRecordedFleet(ARCHIVE)
  // The time of the recording: no token has ended yet.
  const now = Math.max(...recorded.runs.map(({ finished_at }) => Date.parse(finished_at ?? '')))
  const { ask } = await startTestMaster({ DATA_DIR: path.join(recorded.root, 'master') }, () => now)
  const read = async (route: string, login: Parameters<typeof ask>[2] = SAMPLE_LOGIN) => {
    const answer = await ask(route, undefined, login)
    expect([route, answer.status]).toEqual([route, 200])
    return answer.body
  }
  expect(await read('/list_projects/')).toMatchObject(recorded.projects)
  expect(await read('/list_users/')).toMatchObject(recorded.users)
  expect(await read('/list_runs/?limit=1000')).toMatchObject(recorded.runs)
  for (const [run, log] of Object.entries(recorded.logs)) expect(await read(`/run_log/?run=${run}`)).toBe(log)
  // This master has not looked at the slaves yet.
  const unseen = { state: 'unknown', last_seen: null, version: null }
  expect(await read('/list_slaves/')).toMatchObject(recorded.slaves.map((slave) => ({ ...slave, ...unseen })))
  for (const username of ['alice', 'watcher'])
    expect(await read('/list_projects/', { username, password: `password of ${username}` })).toHaveLength(4)
  expect(await read('/list_projects/', recorded.token)).toHaveLength(4)
})

it('the fleet syncs on: each project slowly once, then by the names that changed', async () => {
  const { root, ports, runs } = await unpackRecordedFleet(ARCHIVE)
  const upstream = await startUpstream({ root: path.join(root, 'upstream'), port: ports.upstream })
  onTestFinished(upstream.stop)
  const fleet = await startFleet({ root, slaves: 1, slavePorts: [ports.slave] })
  onTestFinished(async () => {
    await fleet.stop()
  })
  const before = new Set(runs.map(({ run }) => run))
  for (const id of ['in-place', 'atomic']) {
    for (const text of ['fourth\n', 'fifth\n']) {
      writeFileSync(path.join(upstream.folder, 'index'), text)
      expect(await fleet.api.sync(id)).toMatchObject({ state: 'succeeded', slaves: [{ state: 'succeeded' }] })
      for (const served of [fleet.destRoot, fleet.slaves[0]?.publicFolder ?? ''])
        expect(compareTrees(upstream.folder, path.join(served, id, '/'))).toBe('')
    }
    const all: Run[] = await fleet.api.ask(`/list_runs/?id=${id}`)
    const methods = all
      .filter(({ run }) => !before.has(run))
      .reverse()
      // A catch-up that begins before the slave answers has none.
      .flatMap(({ slaves }) => slaves.flatMap(({ method }) => method ?? []))
    expect([methods[0], methods.at(-1)]).toEqual(['slow', 'normal'])
    const generations = all.reverse().flatMap(({ generation }) => generation ?? [])
    expect(generations.at(-1)).toBe(5)
  }
})
