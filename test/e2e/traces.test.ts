// Trace files on a whole fleet: each node under its own name, also where a slave pulls from another one, and where nothing is new.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { useSample } from '../helpers/sample.ts'

const MASTER = 'ftp-master.example.org'
const NAMES = ['ftp-a.example.org', 'ftp-b.example.org']
const sample = useSample({ slaves: 2, slaveRsyncd: true, settings: { PUBLIC_NAME: MASTER, SLAVE_POLL_S: '1' } })

beforeAll(async () => {
  const { fleet } = sample
  for (const [index, slave] of fleet.slaves.entries()) {
    await slave.process?.stop()
    await fleet.startSlave(slave, { PUBLIC_NAME: NAMES[index] ?? '' })
  }
  const [above, below] = fleet.slaves
  await fleet.api.ask('/add_slave/', { hostname: 'localhost', port: String(below?.port), upstream: above?.id })
})

const folders = (project: string) => [
  path.join(sample.fleet.destRoot, project),
  ...sample.fleet.slaves.map(({ publicFolder }) => path.join(publicFolder, project)),
]
const tracesIn = (folder: string) => readdirSync(path.join(folder, 'project/trace')).sort()

it.each(['in_place', 'atomic'] as const)('of a project that is published %s', async (publish) => {
  const { api } = sample.fleet
  const id = `traced-${publish}`
  mkdirSync(path.join(sample.upstream.folder, 'project/trace'), { recursive: true })
  writeFileSync(path.join(sample.upstream.folder, 'project/trace/master'), `${publish}\nArchive serial: 11\n`)
  await api.ask(
    '/add_project/',
    sample.payload(id, { publish, trace: { style: 'debian' }, probe: { file: 'project/trace/master' } }),
  )
  expect(await api.sync(id)).toMatchObject({ state: 'succeeded' })
  const [master = '', above = '', below = ''] = folders(id)
  expect(tracesIn(master)).toEqual([MASTER, 'master'])
  expect(tracesIn(above)).toEqual([NAMES[0], MASTER, 'master'].sort())
  // It came from the slave above, whose trace is no part of the tree.
  expect(tracesIn(below)).toEqual([NAMES[1], MASTER, 'master'].sort())
  const text = readFileSync(path.join(below, 'project/trace', NAMES[1] ?? ''), 'utf8')
  expect(text).toContain('Archive serial: 11')
  expect(text).toContain('Upstream-mirror: localhost')

  const own = path.join(master, 'project/trace', MASTER)
  const before = statSync(own).ino
  const again = await api.sync(id)
  expect(again.upstream.state).toBe('unchanged')
  expect(statSync(own).ino).not.toBe(before)

  const full = await api.sync(id, '&mode=full')
  expect(full.upstream.summary).toMatchObject({ added: 0, modified: 0, deleted: 0 })
  for (const slave of full.slaves) expect(slave.summary ?? {}).toMatchObject({ added: 0, modified: 0, deleted: 0 })
  expect(full.slaves.map(({ drift }) => drift ?? 0)).toEqual([0, 0])
})
