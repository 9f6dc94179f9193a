// A remote in a fleet, by the API: its secrets are kept apart from all that anybody sees, and it reaches the slaves.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { until } from '../../../scripts/sample/until.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { startNginx } from '../../helpers/nginx.ts'
import { PASSWORD, startWebdav } from '../../helpers/rclone-servers.ts'
import { useSample } from '../../helpers/sample.ts'

/** Of the rclone that fetches from an address: its project's path is in its arguments. */
const isRunning = (folder: string) =>
  readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return words.includes('copy') && words.some((word) => word.startsWith(folder))
    } catch {
      return false
    }
  })

const sample = useSample({ slaves: 1, settings: { RETRY_LIMIT: '0' } })

it('is mirrored with a password that nobody sees', async () => {
  const { api, destRoot, slaves } = sample.fleet
  const folder = temporaryFolder()
  writeFileSync(path.join(folder, 'a'), 'one')
  const source = await startWebdav(folder)
  await api.ask('/add_project/', { project: 'dav', dest: destRoot, publish: 'atomic', source })
  const onSlave = (name: string) => readFileSync(path.join(slaves[0]?.publicFolder ?? '', 'dav', name), 'utf8')

  const first = await api.sync('dav')
  expect(first).toMatchObject({ state: 'succeeded', generation: 1, upstream: { summary: { bytes_transferred: 3 } } })
  expect(onSlave('a')).toBe('one')
  writeFileSync(path.join(folder, 'b'), 'two')
  const shown = { ...source, secrets: { pass: null } }
  await api.ask('/update_project/basic/', { id: 'dav', source: { ...shown, tolerate_unreadable: true } })
  expect(await api.sync('dav')).toMatchObject({ state: 'succeeded', generation: 2 })
  expect(onSlave('b')).toBe('two')

  rmSync(path.join(folder, 'a'))
  rmSync(path.join(folder, 'b'))
  const blocked = await api.sync('dav')
  expect(blocked).toMatchObject({ state: 'blocked', error: { code: 'TREE_MISSING' } })
  expect(onSlave('a')).toBe('one')

  const log = await api.ask(`/run_log/?run=${first.run}`)
  expect(log).toContain('$ rclone copy')
  const seen = [log, ...(await Promise.all(['/list_projects/', '/list_runs/', '/audit/'].map((url) => api.ask(url))))]
  expect(JSON.stringify(seen)).not.toContain(PASSWORD)
  expect((await api.ask('/list_projects/?id=dav'))[0].source).toEqual({ ...shown, tolerate_unreadable: true })
})

it('is stopped with what it has started, and goes on by the next run', async () => {
  const { api, destRoot, slaves } = sample.fleet
  const folder = temporaryFolder()
  writeFileSync(path.join(folder, 'slow'), 'x'.repeat(1_000_000))
  const nginx = await startNginx(folder, 'limit_rate 20k;')
  await api.ask('/add_project/', {
    project: 'slow',
    dest: destRoot,
    source: { kind: 'rclone', remote: { type: 'http', url: nginx.url } },
  })
  const { run } = await api.ask('/syncup/?id=slow')
  await until('rclone', () => isRunning(destRoot))
  const ended = api.waitForRun(run)
  await api.ask('/stop_run/', { run })
  expect(await ended).toMatchObject({ state: 'stopped' })
  expect(isRunning(destRoot)).toBe(false)
  await nginx.behave('')
  expect(await api.sync('slow')).toMatchObject({ state: 'succeeded' })
  expect(readFileSync(path.join(slaves[0]?.publicFolder ?? '', 'slow', 'slow'), 'utf8')).toHaveLength(1_000_000)
})
