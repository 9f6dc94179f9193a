// 200 projects due in the same second; schedules missed while the master was down; a clock that jumps.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { until } from '../../scripts/sample/until.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { commandLinesWith } from '../helpers/processes.ts'
import { useSample } from '../helpers/sample.ts'

const PROJECTS = 200
const sample = useSample({ slaves: 1, settings: { MAX_CONCURRENT_SYNCS: '4', MAX_SYNCS_PER_HOST: '3' } })

/** Never fires by itself within a test; what is due is set in the stored documents, as time would. */
const RARELY = { cron_options: { hour: 3, year: '2090' } }

const projectFiles = () => {
  const folder = path.join(sample.fleet.dataFolder, 'store', 'projects')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.join(folder, name))
}

describe('200 projects that fell due while the master was down', () => {
  it('run once each, as catch-ups, within the limits', async () => {
    const { fleet } = sample
    for (let number = 0; number < PROJECTS; number++) {
      await fleet.api.ask(
        '/add_project/',
        sample.payload(`p${number}`, { ...RARELY, rsync_module: `${sample.upstream.module}/releases` }),
      )
    }
    await fleet.master.stop()
    for (const file of projectFiles()) {
      const document = JSON.parse(readFileSync(file, 'utf8'))
      // Several fire times were missed: they collapse into one run.
      document.data.next_run_time = '2026-01-01T00:00:00.000Z'
      writeFileSync(file, JSON.stringify(document))
    }
    await fleet.startMaster()
    let most = 0
    const runs = await until('all runs to end', async () => {
      const upstreams = commandLinesWith(`:${sample.upstream.port}/`).length
      most = Math.max(most, upstreams)
      const found: Run[] = await fleet.api.ask('/list_runs/?limit=1000&state=succeeded')
      return found.length >= PROJECTS ? found : null
    })
    expect(runs).toHaveLength(PROJECTS)
    expect(new Set(runs.map((run) => run.id)).size).toBe(PROJECTS)
    expect(new Set(runs.map((run) => run.trigger))).toEqual(new Set(['catch_up']))
    // Each rsync is two or three processes with the same command line: three at once against one host.
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(9)
    expect((await fleet.api.ask('/list_runs/?limit=1000')).length).toBe(PROJECTS)
    for (const project of await fleet.api.ask('/list_projects/'))
      expect(project.next_run_time).toBe('2090-01-01T03:00:00.000Z')
  })
})
