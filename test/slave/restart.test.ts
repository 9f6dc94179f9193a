import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadSettings } from '../../settings.ts'
import type { SlaveReport, SyncFromMaster } from '../../shared/schemas/messages.ts'
import { createContext } from '../../slave/context.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const job = (run: string): SyncFromMaster => ({
  run,
  slave_id: 's:1',
  id: 'p',
  project: 'p',
  key: 'p-k',
  generation: 1,
  tag: '0123456789abcdef',
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
})
const report = (run: string): SlaveReport => ({
  run,
  slave_id: 's:1',
  project: 'p',
  state: 'succeeded',
  generation: 1,
  tag: '0123456789abcdef',
  method: 'slow',
  drift: null,
  source: 'p',
  started_at: null,
  finished_at: '2026-01-01T00:00:00Z',
  exit_code: 0,
  summary: null,
  error: null,
  log: '',
})

describe('a slave that starts again', () => {
  it('reports jobs that were cut off as failed, and lets the report of one that had ended stand', async () => {
    const folder = temporaryFolder()
    const at = (kind: string, run: string) => path.join(folder, 'slave', kind, `${run}.json`)
    for (const kind of ['jobs', 'reports']) mkdirSync(path.join(folder, 'slave', kind), { recursive: true })
    for (const run of ['ended-1', 'cut-1']) writeFileSync(at('jobs', run), JSON.stringify(job(run)))
    // Cut off: nothing is known of it, and it keeps no other from its report.
    writeFileSync(at('jobs', 'torn-1'), '{"run":"torn-1')
    writeFileSync(at('reports', 'ended-1'), JSON.stringify(report('ended-1')))
    // No master listens there: reports stay on disk.
    const env = {
      DATA_DIR: folder,
      SLAVE_DATA_DIR: path.join(folder, 'slave'),
      SLAVE_PUBLIC_DIR: path.join(folder, 'public'),
      MASTER_PORT: '9',
      LOG_LEVEL: 'silent',
    }
    const context = await createContext(loadSettings(env, folder))
    await context.start()
    onTestFinished(context.stop)
    // That of an earlier version is the bare report.
    const stateOf = (run: string) => {
      const file = readdirSync(path.join(folder, 'slave', 'reports')).find((name) => name.startsWith(run)) ?? ''
      const kept = JSON.parse(readFileSync(path.join(folder, 'slave', 'reports', file), 'utf8'))
      return (kept.report ?? kept).state
    }
    expect([stateOf('ended-1'), stateOf('cut-1')]).toEqual(['succeeded', 'failed'])
    expect(readdirSync(path.join(folder, 'slave', 'jobs'))).toEqual(['torn-1.json'])
  })
})
