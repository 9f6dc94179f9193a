// A master for benchmarks: real store, real HTTP on a free port, no rsyncd and no schedules that fire.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buildApp } from '../master/app.ts'
import { createContext, type MasterContext } from '../master/context.ts'
import { loadSettings } from '../settings.ts'
import type { AddProject } from '../shared/schemas/project-request.ts'

export interface BenchMaster {
  context: MasterContext
  url: string
  stop: () => Promise<void>
}

export const BENCH_USER = { username: 'root', role: 'root', expiresAt: null } as const

/** `more` has further settings. `kept` is an existing data folder, which is not removed. */
export async function startBenchMaster(more: Record<string, string> = {}, kept?: string): Promise<BenchMaster> {
  const folder = kept ?? mkdtempSync(path.join(tmpdir(), 'mirrorfleet-bench-'))
  const context = await createContext(
    loadSettings({ DATA_DIR: folder, LOG_LEVEL: 'error', ROOT_PASS: 'bench', ...more }, folder),
  )
  const app = await buildApp(context)
  await context.open()
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    context,
    url,
    stop: async () => {
      await app.close()
      await context.quiesce()
      await context.stop()
      if (kept === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A typical project. */
export function benchProject(number: number, destRoot: string): AddProject {
  return {
    project: `project-${number}`,
    rsync_host: `rsync${number % 50}.example.org`,
    rsync_module: `module/${number}`,
    dest: destRoot,
    rsync_password: 'password',
    cron_options: { hour: '*/6', minute: String(number % 60), start_date: '2099-01-01' },
  }
}
