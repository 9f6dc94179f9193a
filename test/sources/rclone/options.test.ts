// What may be given to which remote, and what rclone is told of it.

import { execFileSync } from 'node:child_process'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { fetchArgv, listArgv } from '../../../master/sources/rclone/argv.ts'
import {
  createHider,
  knownHostsText,
  obscure,
  remoteEnvironment,
  remotePath,
} from '../../../master/sources/rclone/environment.ts'
import { assertOptions } from '../../../master/sources/rclone/options.ts'
import { ofParts, type RcloneParts } from '../../../shared/rclone-parts.ts'
import { RcloneKind } from '../../../shared/schemas/rclone-source.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMPX'
const web: RcloneParts = { remote: 'http', url: 'https://example.org/pub/' }
const sftp: RcloneParts = { remote: 'sftp', host: 'example.org', user: 'me', known_hosts: [KEY] }

describe('a remote', () => {
  it.each<RcloneParts>([
    web,
    { ...web, path: 'debian', no_slash: true, secrets: { headers: 'Cookie,a=b' } },
    { remote: 's3', path: 'bucket' },
    {
      remote: 's3',
      path: 'bucket/deep',
      endpoint: 'https://minio.example.org:9000',
      access_key_id: 'AK',
      secrets: { secret_access_key: null },
    },
    { remote: 'webdav', url: 'https://example.org/dav', user: 'me', secrets: { pass: 'x' } },
    { ...sftp, secrets: { key_pem: 'x', key_file_pass: 'y' }, path: '/srv/pub' },
    { remote: 'ftp', host: 'ftp.example.org', path: 'pub' },
    { remote: 'swift', path: 'bucket', auth: 'https://id.example.org/v3', secrets: { key: 'x' } },
  ])('takes %j', (source) => {
    expect(Value.Check(RcloneKind, ofParts(source))).toBe(true)
    expect(() => assertOptions(source)).not.toThrow()
  })

  it.each<[string, RcloneParts]>([
    ['source.remote.url', { remote: 'http' }],
    ['source.remote.url', { ...web, url: 'file:///etc' }],
    ['source.remote.url', { ...web, url: '/etc' }],
    ['source.remote.url', { ...web, url: 'https://me:word@example.org/' }],
    ['source.remote.url', { ...web, url: 'https://example.org/?a' }],
    ['source.remote.url', { ...sftp, url: 'https://example.org', secrets: { pass: 'x' } }],
    ['source.remote.user', { ...web, user: 'me' }],
    ['source.secrets.pass', { ...web, secrets: { pass: 'x' } }],
    ['source.path', { remote: 's3' }],
    ['source.path', { remote: 's3', path: '/x' }],
    ['source.remote.access_key_id', { remote: 's3', path: 'b', access_key_id: 'AK' }],
    ['source.remote.endpoint', { remote: 's3', path: 'b', endpoint: 'minio:9000' }],
    ['source.remote.host', { remote: 'ftp', host: 'a b' }],
    ['source.remote.host', { remote: 'ftp', host: '-x' }],
    ['source.secrets', sftp],
    ['source.secrets.key_file_pass', { ...sftp, secrets: { pass: 'x', key_file_pass: 'y' } }],
    ['source.remote.known_hosts', { remote: 'sftp', host: 'h', user: 'me', secrets: { pass: 'x' } }],
    ['source.remote.auth', { remote: 'swift', path: 'b' }],
  ])('names %s when it is %j', (field, source) => {
    expect(() => assertOptions(source)).toThrow(expect.objectContaining({ field }))
  })

  it.each([
    ['a local folder', { remote: 'local' }],
    ['another remote', { remote: 'alias' }],
    ['a wrapper', { remote: 'crypt' }],
    ['a connection string', { remote: 'http,url=x:' }],
    ['a program', { ssh: 'sh -c id' }],
    ['a program on the server', { server_command: 'id' }],
    ['a file with a key', { key_file: '/etc/ssh/ssh_host_rsa_key' }],
    ['a file with keys', { known_hosts_file: '/etc/passwd' }],
    ['a program that gives a token', { bearer_token_command: 'id' }],
    ['the log-in of the machine', { env_auth: true }],
    ['a file with credentials', { shared_credentials_file: '/root/.aws/credentials' }],
    ['a question to a person', { ask_password: true }],
    ['a path that climbs', { path: 'a/../../b' }],
    ['a path that begins so', { path: '..' }],
    ['a path of two lines', { path: 'a\nb' }],
    ['a secret with a file', { secrets: { key_file: '/etc/passwd' } }],
    ['a certificate of an authority', { known_hosts: ['@cert-authority * ssh-ed25519 AAAA'] }],
  ])('is not %s', (_what, fields) => {
    expect(Value.Check(RcloneKind, ofParts({ ...web, ...(fields as object) }))).toBe(false)
  })
})

describe('what rclone is told', () => {
  it('is in its environment, with passwords in its own form', () => {
    const key_pem = '-----BEGIN KEY-----\nabc\n-----END KEY-----\n'
    const env = remoteEnvironment({ ...sftp, port: 2222, secrets: { pass: 'p w', key_pem } }, '/place/known_hosts')
    expect(env).toMatchObject({
      RCLONE_CONFIG: '/dev/null',
      RCLONE_CONFIG_UP_TYPE: 'sftp',
      RCLONE_CONFIG_UP_HOST: 'example.org',
      RCLONE_CONFIG_UP_PORT: '2222',
      RCLONE_CONFIG_UP_KNOWN_HOSTS_FILE: '/place/known_hosts',
      RCLONE_CONFIG_UP_SHELL_TYPE: 'none',
      RCLONE_CONFIG_UP_KEY_PEM: '-----BEGIN KEY-----\\nabc\\n-----END KEY-----',
    })
    const hidden = env.RCLONE_CONFIG_UP_PASS ?? ''
    expect(execFileSync('rclone', ['reveal', '--', hidden], { encoding: 'utf8' })).toBe('p w\n')
  })

  it('is no log-in where there is none', () => {
    expect(remoteEnvironment({ remote: 's3', path: 'b' }, '')).toEqual({
      RCLONE_CONFIG: '/dev/null',
      RCLONE_CONFIG_UP_TYPE: 's3',
      RCLONE_CONFIG_UP_PROVIDER: 'AWS',
      RCLONE_CONFIG_UP_ENV_AUTH: 'false',
    })
    expect(remoteEnvironment({ remote: 'ftp', host: 'h' }, '')).toMatchObject({
      RCLONE_CONFIG_UP_USER: 'anonymous',
      RCLONE_CONFIG_UP_PASS: expect.any(String),
    })
  })

  it.each([
    ['http', undefined, 'up:'],
    ['http', 'a/b', 'up:a/b/'],
    ['http', 'a:b,c=d/', 'up:a:b,c=d/'],
    ['s3', 'bucket/deep/', 'up:bucket/deep'],
    ['sftp', '/srv', 'up:/srv'],
    ['ftp', '-x', 'up:-x'],
  ] as const)('of the %s path %s is %s', (remote, path, told) => {
    expect(remotePath({ remote, ...(path === undefined ? {} : { path }) })).toBe(told)
  })

  it('names the server as it is asked, whatever ssh-keyscan named', () => {
    const known_hosts = [KEY, `[other.example.org]:22 ${KEY}`]
    expect(knownHostsText({ ...sftp, known_hosts })).toBe(`example.org ${KEY}\nexample.org ${KEY}\n`)
    expect(knownHostsText({ ...sftp, host: '[::1]', port: 2222 })).toBe(`[::1]:2222 ${KEY}\n`)
  })

  it('has its limits on the command line', () => {
    const limits = { silenceS: 600, bytesPerSecond: 1024.5, atOnce: 6 }
    expect(listArgv('up:b', limits, { hasBuckets: true, sums: true })).toEqual(
      expect.arrayContaining(['--use-server-modtime', '--hash', '600s', '60s', '1024B']),
    )
    expect(fetchArgv('up:-x', limits, { names: '/n', tree: '/t', hasBuckets: false }).slice(-3)).toEqual([
      '--',
      'up:-x',
      '/t',
    ])
  })

  it('is not in what it says', () => {
    const hide = createHider({ secrets: { bearer_token: 'hush-hush', pass: 'ab', headers: null } })
    expect(hide('a hush-hush b ab')).toBe('a … b ab')
    expect(obscure('x')).not.toBe(obscure('x'))
  })
})
