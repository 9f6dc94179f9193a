import { describe, expect, it } from 'vitest'
import { readAddress } from '../../cli/project-address.ts'
import { basicsOf, scheduleOf } from '../../cli/project-fields.ts'

describe('the address of a project', () => {
  it.each([
    ['rsync://rsync.example.org/pub/fedora', {}, 'fedora', { host: 'rsync.example.org', module: 'pub/fedora' }],
    ['rsync://me@h:8873/m/', { name: 'x' }, 'x', { host: 'h', module: 'm', port: '8873', upstreamUser: 'me' }],
    ['rsync://h/m/a b', { host: 'other' }, 'a-b', { host: 'other', module: 'm/a b' }],
    ['https://git.example.org/team/linux.git', {}, 'linux', { source: 'https://git.example.org/team/linux.git' }],
    ['rclone:s3://bucket/deep/x?region=r', {}, 'x', { source: 'rclone:s3://bucket/deep/x?region=r' }],
    ['rclone:https://example.org/', {}, 'example.org', { source: 'rclone:https://example.org/' }],
    ['fedora', { host: 'h', module: 'm' }, 'fedora', { host: 'h', module: 'm' }],
  ])('%s names it and its upstream', (text, options, name, said) => {
    const read = readAddress(text, options)
    expect(read.name).toBe(name)
    expect(read.options).toMatchObject(said)
  })

  it.each([
    ['rsync://me:secret@h/m', {}, 'MIRRORFLEET_UPSTREAM_PASSWORD'],
    ['rsync://h', {}, 'Write it as rsync://host/module/path'],
    ['ftp://me:secret@h/m', {}, 'is not the address of an upstream'],
    ['https://h/pub/', {}, 'rclone: before the address'],
    ['fedora', { name: 'debian' }, 'two names'],
  ])('%s is refused', (text, options, problem) => {
    expect(() => readAddress(text, options)).toThrow(problem)
    expect(() => readAddress(text, options)).not.toThrow('secret')
  })
})

describe('the schedule of a project', () => {
  it('is read from a line of a crontab', () => {
    expect(scheduleOf({ cron: '0 */6 * * *' })).toEqual({ minute: '0', hour: '*/6' })
    expect(scheduleOf({ cron: '15 3 * * 1-5', timezone: 'Europe/Berlin' })).toEqual({
      minute: '15',
      hour: '3',
      day_of_week: 'mon-fri',
      timezone: 'Europe/Berlin',
    })
    expect(scheduleOf({ cron: '@weekly' })).toEqual({ minute: '0', hour: '0', day_of_week: 'sun' })
  })

  it.each([
    ['0 */6 * *', {}, 'neither five fields'],
    ['0 0 1 * 1', {}, 'when both match'],
    ['0 0 * * * *', {}, 'more than five fields'],
    ['@reboot', {}, 'neither five fields'],
    ['@daily', { dayOfWeek: 'mon', hour: '1' }, 'without --day-of-week, --hour'],
  ])('%s is refused', (cron, more, problem) => {
    expect(() => scheduleOf({ cron, ...more })).toThrow(problem)
  })
})

it('rsync options are read as on its command line', () => {
  const options = `-av --exclude 'a b' --delete`
  expect(basicsOf({ options }, {})).toEqual({
    rsync_options: { defaults: ['-av', '--exclude=a b'], delete: '--delete' },
  })
})

it('bandwidth is read by windows', () => {
  expect(basicsOf({ bandwidth: '08:00-18:00=10m' }, {})).toEqual({
    bandwidth: [{ from: '08:00', to: '18:00', limit: '10m' }],
  })
  expect(basicsOf({ bandwidth: 'none' }, {})).toEqual({ bandwidth: null })
})

it('downstreams are addresses with one secret, which may stay as it is', () => {
  const env = { MIRRORFLEET_DOWNSTREAM_SECRET: 'a-secret-of-the-two' }
  expect(basicsOf({ downstreams: 'https://a/,https://b/' }, env)).toEqual({
    downstreams: [
      { url: 'https://a/', secret: 'a-secret-of-the-two' },
      { url: 'https://b/', secret: 'a-secret-of-the-two' },
    ],
  })
  expect(basicsOf({ downstreams: 'https://a/' }, {})).toEqual({ downstreams: [{ url: 'https://a/' }] })
  expect(basicsOf({ downstreams: 'none' }, env)).toEqual({ downstreams: [] })
})

it('options become fields of the API', () => {
  expect(basicsOf({ host: 'h', guard: '20', tolerate: '23,24' }, {})).toEqual({
    rsync_host: 'h',
    delete_guard_percent: 20,
    tolerated_exit_codes: [23, 24],
  })
})

it('the key for ssh comes from the environment, and only with ssh', () => {
  const env = { MIRRORFLEET_SSH_KEY: 'a key' }
  const known = 'ssh-ed25519 AAAA'
  expect(basicsOf({ transport: 'ssh', sshKnownHost: known }, env)).toEqual({
    transport: 'ssh',
    ssh_known_host: known,
    ssh_key: 'a key',
  })
  expect(basicsOf({ transport: 'tls', address: '192.0.2.7', proxy: 'none' }, env)).toEqual({
    transport: 'tls',
    address: '192.0.2.7',
    proxy: null,
  })
})
