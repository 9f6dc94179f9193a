// What add_project refuses: the answer names the field, and nothing is stored.

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectPayload as payload, startTestMaster, useTestMaster } from '../../helpers/master.ts'

const HOURS = { from: '08:00', to: '18:00', limit: '10m' }

describe('add_project', () => {
  const shared = useTestMaster()
  it.each([
    ['a missing field', { rsync_host: undefined }, 'rsync_host'],
    ['an unknown field', { colour: 'blue' }, 'colour'],
    ['an unknown field of the schedule', { cron_options: { minutes: 5 } }, 'cron_options.minutes'],
    ['a wrong value in the schedule', { cron_options: { minute: '61' } }, 'cron_options.minute'],
    [
      'a date that cannot be read',
      { cron_options: { minute: '1', start_date: 'whenever' } },
      'cron_options.start_date',
    ],
    ['a schedule of dates only', { cron_options: { start_date: '2026-01-01' } }, 'cron_options'],
    ['a name with a slash', { project: 'a/b' }, 'project'],
    ['a number for a name', { project: 5 }, 'project'],
    ['a port as text', { rsync_port: '873' }, 'rsync_port'],
    ['a host with a user', { rsync_host: 'evil@host' }, 'rsync_host'],
    ['a module that leaves its root', { rsync_module: '../etc' }, 'rsync_module'],
    ['a destination elsewhere', { dest: '/etc' }, 'dest'],
    ['a destination that climbs', { dest: '/DEST/../../etc' }, 'dest'],
    ['a relative destination', { dest: 'mirror' }, 'dest'],
    ['a forbidden option', { rsync_options: { basic: ['-e', 'sh'] } }, 'rsync_options.basic'],
    ['a forbidden delete option', { rsync_options: { delete: '--force' } }, 'rsync_options.delete'],
    ['an option given twice', { rsync_options: { basic: ['--bwlimit=1', '--bwlimit=2'] } }, 'rsync_options.basic'],
    ['a password of two lines', { rsync_password: 'a\nb' }, 'rsync_password'],
    ['a webhook that is not an http address', { webhooks: ['file:///etc/passwd'] }, 'webhooks.0'],
    ['an impossible time of day', { bandwidth: [{ from: '25:00', to: '18:00', limit: '1m' }] }, 'bandwidth.0.from'],
    ['a limit of nothing', { bandwidth: [{ from: '08:00', to: '18:00', limit: '0' }] }, 'bandwidth.0.limit'],
    ['hours with two limits', { bandwidth: [HOURS, HOURS] }, 'bandwidth.1'],
    ['a downstream with a log-in', { downstreams: [{ url: 'https://me:secret@example.org/' }] }, 'downstreams.0.url'],
    [
      'a downstream with a short secret',
      { downstreams: [{ url: 'https://h/', secret: 'short' }] },
      'downstreams.0.secret',
    ],
    ['a downstream twice', { downstreams: [{ url: 'https://h/' }, { url: 'https://h/' }] }, 'downstreams.1.url'],
    ['a tolerated code that leaves no tree', { tolerated_exit_codes: [23, 12] }, 'tolerated_exit_codes.1'],
    ['a tolerated code twice', { tolerated_exit_codes: [23, 23] }, 'tolerated_exit_codes'],
    ['a quorum of nobody', { publish_quorum: 0 }, 'publish_quorum'],
    ["a folder that is Mirrorfleet's own", { dest: '/mirror/.mirrorfleet' }, 'dest'],
    ['an unknown publish mode', { publish: 'now' }, 'publish'],
    ['a probe by the layout of a tree without one', { probe: 'auto' }, 'probe'],
    ['an index of a tree without one', { by_index: true }, 'by_index'],
    ['a file to wait for that every upstream has', { wait_for: ['README', '***'] }, 'wait_for.1'],
    ['a file to wait for below the top', { wait_for: ['project/trace'] }, 'wait_for.0'],
    ['an unknown layout', { layout: 'deb' }, 'layout'],
    ['a check of a tree without indices', { verify: 'hold' }, 'verify'],
    ['a keyring that leaves its folder', { layout: 'rpm', verify_keyring: '../x' }, 'verify_keyring'],
    ['a keyring where there is no folder for it', { layout: 'rpm', verify_keyring: 'x.gpg' }, 'verify_keyring'],
  ])('refuses %s, names the field and stores nothing', async (_name, change, field) => {
    const body = payload(shared, change)
    const answer = await shared.ask('/add_project/', { ...body, dest: body.dest.replace('/DEST', body.dest) })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ method: 'add_project', success: false, error: { field } })
    expect(answer.body.error.message.length).toBeGreaterThan(10)
    expect((await shared.ask('/list_projects/')).body).toEqual([])
  })
})

describe('a project that moves', () => {
  it.each(['in_place', 'atomic'])('says what is in the way of its tree, published %s', async (publish) => {
    const { ask, folder } = await startTestMaster()
    const mirror = path.join(folder, 'mirror')
    await ask('/add_project/', payload({ folder }, { project: 'here', publish }))
    mkdirSync(path.join(mirror, 'here'), { recursive: true })
    const move = (dest: string) => ask('/update_project/basic', { id: 'here', dest: path.join(mirror, dest) })
    mkdirSync(path.join(mirror, 'taken'), { recursive: true })
    writeFileSync(path.join(mirror, 'taken', 'here'), 'a file')
    for (const dest of ['here/inside', 'taken']) {
      const { status, body } = await move(dest)
      expect([dest, status, body.error?.field]).toEqual([dest, 400, 'dest'])
    }
    expect((await move('elsewhere')).status).toBe(200)
  })
})
