// A slave that is told the same thing twice, and one whose restored master gives out the id of a run again.

import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import path from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { loadSettings } from '../../settings.ts'
import type { SlaveReport, SyncFromMaster } from '../../shared/schemas/messages.ts'
import { createContext } from '../../slave/context.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const TAGS = { one: '1'.repeat(16), two: '2'.repeat(16) }
const job = (tag: string, epoch: number | null): SyncFromMaster => ({
  run: 'p-k-1',
  slave_id: 's:1',
  id: 'p',
  project: 'p',
  key: 'p-k',
  generation: 1,
  tag,
  anchor: null,
  changes: null,
  source: 'p',
  upstream: null,
  downstream_hosts: [],
  checksum: false,
  publish: 'in_place',
  published: null,
  master: null,
  rsync_options: { basic: [], defaults: ['-a'], delete: '' },
  ...(epoch === null ? {} : { epoch }),
})

/** A slave whose master cannot be reached: its jobs fail at once, and its reports stay. */
async function startSlave(rsyncdPort = 9) {
  const folder = temporaryFolder()
  const env = {
    DATA_DIR: folder,
    SLAVE_DATA_DIR: path.join(folder, 'slave'),
    SLAVE_PUBLIC_DIR: path.join(folder, 'public'),
    MASTER_PORT: '9',
    MASTER_RSYNCD_PORT: String(rsyncdPort),
    LOG_LEVEL: 'silent',
  }
  const { syncs, start, stop } = await createContext(loadSettings(env, folder))
  await start()
  onTestFinished(stop)
  const reports = path.join(folder, 'slave', 'reports')
  const readReports = (): SlaveReport[] =>
    readdirSync(reports)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(path.join(reports, name), 'utf8')).report)
  const hasEnded = () => vi.waitFor(() => expect(syncs.isBusy('p-k')).toBe(false), { timeout: 30_000, interval: 20 })
  return { syncs, readReports, hasEnded }
}

it('an order that comes again starts nothing', async () => {
  const { syncs, readReports, hasEnded } = await startSlave()
  for (let time = 0; time < 2; time++) {
    await syncs.accept(job(TAGS.one, 1_000))
    await hasEnded()
  }
  const [report, ...others] = readReports()
  expect(others).toEqual([])
  expect(report).toMatchObject({ run: 'p-k-1', state: 'failed', target: { epoch: 1_000, tag: TAGS.one } })
})

it.each<[string, SyncFromMaster, SyncFromMaster]>([
  ['another tag', job(TAGS.one, 1_000), job(TAGS.two, 1_000)],
  ['another epoch', job(TAGS.one, 1_000), job(TAGS.one, 2_000)],
  ['another tag, from a master that knows no epochs,', job(TAGS.one, null), job(TAGS.two, null)],
])('the id of a run with %s is another job, with a report of its own', async (_name, first, second) => {
  const { syncs, readReports, hasEnded } = await startSlave()
  await syncs.accept(first)
  await hasEnded()
  await syncs.accept(second)
  await hasEnded()
  const targets = readReports().map(({ run, target }) => [run, target?.epoch, target?.tag])
  const told = ({ epoch, tag }: SyncFromMaster) => ['p-k-1', epoch, epoch === undefined ? undefined : tag]
  expect(targets.sort()).toEqual([told(first), told(second)].sort())
})

it('jobs of an earlier epoch make way for those of a later one', async () => {
  // A master that takes connections and says nothing: a job goes on until it is stopped.
  const silent = createServer()
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void silent.close())
  const { syncs, readReports, hasEnded } = await startSlave((silent.address() as AddressInfo).port)
  await syncs.accept(job(TAGS.one, 1_000))
  await syncs.accept({ ...job(TAGS.one, 1_000), run: 'p-k-2' })
  await syncs.accept(job(TAGS.two, 2_000))
  await vi.waitFor(() => expect(readReports()).toHaveLength(2), { timeout: 30_000, interval: 20 })
  expect(syncs.list(false).jobs.find(({ state }) => state === 'syncing')?.run).toBe('p-k-1')
  syncs.stop('p-k-1')
  await hasEnded()
  const ends = readReports().map(({ run, target, state }) => `${target?.epoch} ${run} ${state}`)
  expect(ends.sort()).toEqual(['1000 p-k-1 stopped', '1000 p-k-2 stopped', '2000 p-k-1 stopped'])
})
