// Downstream mirrors that are told of what is new: another master is one, and takes the signed request.

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { until } from '../../scripts/sample/until.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { startReceiver } from '../helpers/receiver.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 1 })
const other = useSample({ slaves: 0 })
const SECRET = 'a-secret-of-two-mirrors'

/** The runs of a project of the other master that have ended. */
async function runsOf(id: string): Promise<Run[]> {
  const runs: Run[] = await other.fleet.api.ask(`/list_runs/?id=${id}`)
  return runs.filter(({ finished_at }) => finished_at !== null)
}

it.each(['in_place', 'atomic'] as const)('are told when something new is served, published %s', async (publish) => {
  const { api } = sample.fleet
  const [from, to] = [`from-${publish}`, `to-${publish}`]
  await other.fleet.api.ask('/add_project/', other.payload(to, { trigger_secret: SECRET }))
  const downstreams = [{ url: `${other.fleet.api.url}/hooks/${to}`, secret: SECRET }]
  await api.ask('/add_project/', sample.payload(from, { publish, downstreams }))
  await api.sync(from)
  // An answer that comes too late has the same told once more.
  const told = async (count: number) => (await runsOf(to)).length >= count
  await until('the first to be told', () => told(1))
  expect(await api.sync(from)).toMatchObject({ state: 'succeeded' })
  writeFileSync(path.join(sample.upstream.folder, `news-${publish}`), 'new')
  await api.sync(from)
  await until('the news to be told', () => told(2))
  if (publish === 'atomic') {
    const before = (await runsOf(to)).length
    const { run } = await api.ask('/rollback_project/', { id: from })
    expect(await api.waitForRun(run)).toMatchObject({ state: 'succeeded' })
    await until('the rollback to be told', () => told(before + 1))
  }
})

it('are told what is served, and nothing unsigned passes for it', async () => {
  const { api } = sample.fleet
  const { url, received } = await startReceiver([204])
  await other.fleet.api.ask('/add_project/', other.payload('deaf', { trigger_secret: SECRET }))
  const downstreams = [{ url }, { url: `${other.fleet.api.url}/hooks/deaf` }]
  await api.ask('/add_project/', sample.payload('speaks', { downstreams }))
  const { run } = await api.sync('speaks')
  await until('it to be told', () => received.length === 1)
  const body = { event: 'published', project: 'speaks', generation: 1, run, at: expect.any(String) }
  expect(JSON.parse(received[0]?.text ?? '')).toEqual({ ...body, delivery: expect.any(String) })
  expect(await runsOf('deaf')).toEqual([])
})

it('keep a secret that is not given again, and never show it', async () => {
  const { api } = sample.fleet
  const url = `${other.fleet.api.url}/hooks/to-in_place`
  const change = (downstreams: object[]) => api.ask('/update_project/basic/', { id: 'from-in_place', downstreams })
  const shown = async () => (await api.ask('/list_projects/?id=from-in_place'))[0].downstreams
  await change([{ url }, { url: 'https://mirror.example.org/hook' }])
  expect(await shown()).toEqual([
    { url, has_secret: true },
    { url: 'https://mirror.example.org/hook', has_secret: false },
  ])
  await change([{ url, secret: null }])
  expect(await shown()).toEqual([{ url, has_secret: false }])
  expect(JSON.stringify(await api.ask('/list_projects/'))).not.toContain(SECRET)
})
