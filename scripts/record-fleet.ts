// Records the data folders of a small fleet of another checkout, for the test that the present code works on with them.
//
//   node --import tsx scripts/record-fleet.ts CHECKOUT FILE
//
// FILE is a tar archive, packed by gzip: the folders of master, slave and upstream, and `answers.json`, what that version's
// API said of it all. The secrets in it are this fleet's alone, which has ended.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Run } from '../shared/schemas/run.ts'
import { makeProgramsOf } from './sample/checkout.ts'
import { startFleet } from './sample/fleet.ts'
import { startUpstream } from './sample/upstream.ts'

/** What the API said when the fleet was recorded. The test finds these words in the files and puts its own in their place. */
export interface RecordedFleet {
  root: string
  ports: { upstream: number; master: number; rsyncd: number; slave: number }
  token: string
  projects: object[]
  runs: Pick<Run, 'run' | 'finished_at'>[]
  logs: Record<string, string>
  users: object[]
  slaves: object[]
}

const [checkout, file] = process.argv.slice(2)
if (checkout === undefined || file === undefined)
  throw new Error('Name the other checkout and the file to write: record-fleet.ts CHECKOUT FILE')

const root = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-recorded-'))
const programs = path.join(root, 'programs')
makeProgramsOf(checkout, programs)
process.env.SAMPLE_BUILD = programs
try {
  await record(root, path.resolve(file))
} finally {
  rmSync(root, { recursive: true, force: true })
}

async function record(folder: string, archive: string): Promise<void> {
  const fleetFolder = path.join(folder, 'fleet')
  const upstream = await startUpstream({ root: path.join(fleetFolder, 'upstream') })
  const change = (text: string) => {
    for (const name of ['README', 'index']) writeFileSync(path.join(upstream.folder, name), text)
    writeFileSync(path.join(upstream.folder, 'pool', text.trim()), text)
  }
  mkdirSync(path.join(upstream.folder, 'pool', 'empty'), { recursive: true })
  writeFileSync(path.join(upstream.folder, 'pool', 'unchanged'), 'the same in every generation\n')
  const fleet = await startFleet({
    root: fleetFolder,
    slaves: 1,
    settings: { RETRY_LIMIT: '0', SLAVE_POLL_S: '1' },
  })
  const { api } = fleet
  const add = (project: string, more: object = {}) =>
    api.ask('/add_project/', {
      project,
      rsync_host: '127.0.0.1',
      rsync_port: upstream.port,
      rsync_module: upstream.module,
      dest: fleet.destRoot,
      ...more,
    })
  try {
    await api.ask('/create_api_user/', { username: 'alice', password: 'password of alice' })
    await api.ask('/create_api_user/', { username: 'watcher', password: 'password of watcher', role: 'viewer' })
    const { token } = await api.ask('/get_token/')
    // These two are not due by themselves while the test looks at them.
    await add('in-place', { cron_options: { year: '2099' }, rsync_user: 'mirror', rsync_password: 'unused' })
    await add('atomic', { publish: 'atomic', cron_options: { year: '2099', hour: '3' }, delete_guard_percent: 20 })
    await add('unreachable', { rsync_port: 9, cron_options: { hour: '3', minute: '17' } })
    await add('paused', { cron_options: { minute: '*/5', timezone: 'Europe/Paris' } })
    await api.ask('/disable_project/?id=paused')
    for (const text of ['first\n', 'second\n', 'third\n']) {
      change(text)
      for (const id of ['in-place', 'atomic']) await api.sync(id)
    }
    await api.waitForRun((await api.ask('/rollback_project/', { id: 'atomic' })).run)
    await api.sync('in-place', '&dry_run=true')
    await api.sync('unreachable')
    const runs: Run[] = await api.ask('/list_runs/?limit=1000')
    const logs: Record<string, string> = {}
    for (const { run } of runs) {
      // A rollback has none.
      const { status, body } = await api.call(`/run_log/?run=${run}`)
      if (status === 200) logs[run] = body
    }
    const answers: RecordedFleet = {
      root: fleetFolder,
      ports: {
        upstream: upstream.port,
        master: fleet.ports.master,
        rsyncd: fleet.ports.rsyncd,
        slave: fleet.slaves[0]?.port ?? 0,
      },
      token,
      projects: await api.ask('/list_projects/'),
      runs,
      logs,
      users: await api.ask('/list_users/'),
      slaves: await api.ask('/list_slaves/'),
    }
    writeFileSync(path.join(fleetFolder, 'answers.json'), JSON.stringify(answers, null, 2))
  } finally {
    await fleet.stop()
    await upstream.stop()
  }
  // The times of files to the nanosecond, and several names of one file.
  execFileSync('tar', ['--create', '--gzip', '--format=pax', `--file=${archive}`, `--directory=${fleetFolder}`, '.'])
}
