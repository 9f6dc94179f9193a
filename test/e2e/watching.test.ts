// What an operator sees while a run goes on: progress, events, logs that grow, and readers in the middle of a two-pass run.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { until } from '../../scripts/sample/until.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 1, settings: { SLAVE_POLL_S: '1' } })
const SLOW_OPTIONS = { basic: ['--bwlimit=400k'], defaults: ['-aH'], delete: '--delete' }
/** Slow on both ways, from the upstream and to the slaves. */
const SLOW = { rsync_options: SLOW_OPTIONS, fanout_options: SLOW_OPTIONS }

interface SseMessage {
  id: string
  event: string
  data: { run?: Run; id?: string; projects?: unknown[]; slaves?: unknown[]; runs?: Run[] }
}

/** Reads events until `enough` says so, then ends the connection. */
const readEvents = async (
  query: string,
  headers: Record<string, string>,
  enough: (seen: SseMessage[]) => boolean,
  seen: SseMessage[] = [],
): Promise<SseMessage[]> => {
  const { api } = sample.fleet
  const { token } = await api.ask('/get_token/')
  const controller = new AbortController()
  const response = await fetch(`${api.url}/events/${query}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: controller.signal,
  })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    const parts = text.split('\n\n')
    text = parts.pop() ?? ''
    for (const part of parts.filter((one) => one.startsWith('id: '))) {
      const fields = Object.fromEntries(
        part.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
      )
      seen.push({ id: fields.id ?? '', event: fields.event ?? '', data: JSON.parse(fields.data ?? '{}') })
    }
    if (enough(seen)) break
  }
  controller.abort()
  return seen
}

describe('events', () => {
  it('begin with a snapshot, tell every move in order and progress between, and are replayed to who comes back', async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload('watched', SLOW))
    await api.ask('/add_project/', sample.payload('other'))
    const seen: SseMessage[] = []
    const hasSucceeded = () => seen.some((one) => one.data.run?.state === 'succeeded')
    const reading = readEvents('?id=watched', {}, hasSucceeded, seen)
    await until('the snapshot', () => seen.length > 0)
    await api.sync('other')
    const run = await api.sync('watched')
    await reading
    expect(seen[0]).toMatchObject({
      event: 'snapshot',
      data: { projects: [{ id: 'watched' }], slaves: [{ hostname: 'localhost' }], runs: [] },
    })
    expect(seen.filter((one) => one.data.id === 'other')).toEqual([])
    const states = seen.filter((one) => one.event === 'run.changed').map((one) => one.data.run?.state)
    expect([...new Set(states)]).toEqual(['queued', 'syncing', 'fanning_out', 'succeeded'])
    const progress = seen.filter((one) => one.event === 'run.progress').map((one) => one.data.run)
    expect(progress.length).toBeGreaterThan(2)
    expect(
      progress.some((one) => (one?.upstream.progress?.percent ?? 0) > 0 && (one?.upstream.progress?.rate ?? 0) > 0),
    ).toBe(true)
    expect(progress.some((one) => (one?.slaves[0]?.progress?.bytes ?? 0) > 0)).toBe(true)
    // At most once a second for each of the two stages.
    const seconds = (Date.parse(run.finished_at ?? '') - Date.parse(run.started_at ?? '')) / 1000
    expect(progress.length).toBeLessThanOrEqual(Math.ceil(seconds) + 4)

    const middle = seen.findIndex((one) => one.event === 'run.progress')
    const again = await readEvents(
      '?id=watched',
      { 'last-event-id': seen[middle]?.id ?? '' },
      (replayed) => replayed.length >= seen.length - middle - 1,
    )
    expect(again).toEqual(seen.slice(middle + 1))
    const [fresh] = await readEvents('', { 'last-event-id': 'of-another-life-7' }, (one) => one.length > 0)
    expect(fresh?.event).toBe('snapshot')
  })
})

describe('a log', () => {
  it("can be followed while the stage goes on, the master's and the slave's", async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload('followed', SLOW))
    const { run } = await api.ask('/syncup/?id=followed')
    const get = (): Promise<Run> => api.ask(`/get_run/?run=${run}`)
    await until('the upstream stage', async () => (await get()).state === 'syncing')
    const upstream = await api.ask(`/run_log/?run=${run}&follow=true`)
    // The answer ended when the stage did, and not before; the move that follows is stored a moment later.
    expect(upstream).toContain('[rsync succeeded]')
    await until('the stage to be over', async () => (await get()).upstream.state === 'succeeded')
    expect(upstream).toBe(await api.ask(`/run_log/?run=${run}`))
    const slave = await until('the slave', async () => (await get()).slaves.find((one) => one.state === 'syncing'))
    const followed = await until('its log', async () => {
      const answer = await api.call(`/run_log/?run=${run}&slave=${slave.slave_id}&follow=true`)
      return answer.status === 200 ? answer.body : null
    })
    expect(followed).toContain('[rsync succeeded]')
    await api.waitForRun(run)
    expect(await api.ask(`/run_log/?run=${run}&slave=${slave.slave_id}`)).toBe(followed)
  })

  it('is kept for the newest runs only', async () => {
    const { api, dataFolder } = sample.fleet
    await api.ask('/add_project/', sample.payload('often', { rsync_port: 9 }))
    await api.ask('/update_project/basic/', { id: 'often', rsync_module: 'no such module' })
    const runs: string[] = []
    for (let time = 0; time < 22; time++) {
      const { run } = await api.ask('/syncup/?id=often')
      await api.call('/stop_run/', { run })
      await api.waitForRun(run)
      runs.push(run)
    }
    const key = runs[0]?.replace(/-\d+$/, '') ?? ''
    const logs = readdirSync(path.join(dataFolder, 'logs', key))
    expect(logs.length).toBeLessThanOrEqual(20)
  })
})

describe('a run in two passes', () => {
  it('never shows an index that names a file which is not there', async () => {
    const { api, destRoot } = sample.fleet
    const { upstream } = sample
    const tree = path.join(upstream.folder, 'debian')
    const publish = (version: number) => {
      for (const folder of ['dists/stable', 'pool']) mkdirSync(path.join(tree, folder), { recursive: true })
      const names = Array.from({ length: 8 }, (_, number) => `pool/package-${number}_${version}.deb`)
      for (const name of names) writeFileSync(path.join(tree, name), Buffer.alloc(40_000, version))
      for (const name of readdirSync(path.join(tree, 'pool')))
        if (!name.includes(`_${version}.`)) rmSync(path.join(tree, 'pool', name))
      writeFileSync(path.join(tree, 'dists/stable/Packages'), names.join('\n'))
      writeFileSync(path.join(tree, 'dists/stable/Release'), `version ${version}`)
    }
    publish(1)
    await api.ask(
      '/add_project/',
      sample.payload('debian', {
        ...SLOW,
        rsync_module: `${upstream.module}/debian`,
        stages: 'debian',
        delete_guard_percent: 100,
      }),
    )
    await api.sync('debian')
    publish(2)
    const { run } = await api.ask('/syncup/?id=debian')
    const mirror = path.join(destRoot, 'debian')
    const versions = new Set<string>()
    let looks = 0
    let isOver = false
    const ended = api.waitForRun(run).finally(() => {
      isOver = true
    })
    while (!isOver) {
      const index = readFileSync(path.join(mirror, 'dists/stable/Packages'), 'utf8')
      // Named just now; deleted only after the index that names it has gone.
      for (const name of index.split('\n')) readFileSync(path.join(mirror, name))
      versions.add(/_(\d)/.exec(index)?.[1] ?? '')
      looks++
      await nextTurn()
    }
    await ended
    expect(versions).toEqual(new Set(['1', '2']))
    expect(looks).toBeGreaterThan(5)
    expect(readdirSync(path.join(mirror, 'pool')).every((name) => name.includes('_2.'))).toBe(true)
  })
})
