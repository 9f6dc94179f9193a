// A master takes every project that an importer makes.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import type { FleetProject } from '../../../cli/fleet-file.ts'
import { readAptMirror } from '../../../cli/import/apt-mirror.ts'
import { readCrontab } from '../../../cli/import/crontab.ts'
import { readFtpsync } from '../../../cli/import/ftpsync.ts'
import type { Reader } from '../../../cli/import/plan.ts'
import { readQuickFedoraMirror } from '../../../cli/import/quick-fedora-mirror.ts'
import { readTunasync } from '../../../cli/import/tunasync.ts'
import { useTestMaster } from '../../helpers/master.ts'
import { importText } from './read.ts'

const master = useTestMaster({ COMMANDS_DIR: '/usr/bin' })

const WORKER = readFileSync(new URL('../../fixtures/tunasync/worker.conf', import.meta.url), 'utf8')
const CRONTAB = `CRON_TZ=Asia/Tokyo
RSYNC_PASSWORD=x
*/60 22-4/2 1-31/40 */13 fri-mon rsync -avzPh --stats -yy -B 8192 --timeout 60 --delete --del --delete-excluded u@h::m/x /srv/cron
@weekly rsync -aH --protocol=30 --exclude-from=/x --partial-dir=.rsync-partial rsync://h:8730/m/y/ "/srv/cron/with space"
`

/** As `apply` sends it, below the master's own folder. */
const requestOf = ({ schedule, enabled: _enabled, ...project }: FleetProject) => ({
  ...project,
  dest: path.join(master.folder, 'mirror', project.dest ?? ''),
  ...(project.rsync_password === undefined ? {} : { rsync_password: 'x' }),
  ...(project.source === undefined ? {} : { source: fill(project.source) }),
  ...(schedule === undefined ? {} : { cron_options: schedule }),
})

/** The commands are not installed where the tests run. */
function fill(source: Record<string, unknown>) {
  const secrets = source.secrets === undefined ? {} : { secrets: { ACCESS_TOKEN: 'x' } }
  return { ...source, ...secrets, ...(source.kind === 'command' ? { command: 'dash' } : {}) }
}

it.each<[string, Reader, string, number]>([
  ['tunasync', readTunasync, WORKER, 84],
  ['crontab', readCrontab, CRONTAB, 2],
  [
    'ftpsync',
    readFtpsync,
    'TO=/srv/ftpsync/some-archive\nRSYNC_HOST=h\nARCH_INCLUDE="amd64 arm64 armhf i386 riscv64 source"',
    1,
  ],
  ['quick-fedora-mirror', readQuickFedoraMirror, 'DESTD=/srv/quick\nMODULES=(fedora-alt fedora-archive)', 2],
  ['apt-mirror', readAptMirror, 'deb http://h/debian x main', 1],
])('a master takes the projects of %s', async (_name, reader, text, count) => {
  const { fleet } = importText(reader, text)
  const projects = fleet.projects ?? []
  expect(projects).toHaveLength(count)
  for (const project of projects) {
    const { status, body } = await master.ask('/add_project/', requestOf(project))
    // What an importer kept is stored as it is.
    expect([status, body.error, body.notes], project.project).toEqual([200, undefined, undefined])
  }
})
