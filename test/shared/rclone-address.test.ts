// Sources of rclone as addresses: read, written, and shown.

import { describe, expect, it } from 'vitest'
import { nameInRclone, readRclone, showRclone, writeRclone } from '../../shared/rclone-address.ts'
import { ofParts, type RcloneParts } from '../../shared/rclone-parts.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMPX'

describe('an address of rclone', () => {
  it.each<[string, string, string, RcloneParts]>([
    [
      'rclone:https://example.org/pub/',
      'https://example.org/pub/',
      'pub',
      { remote: 'http', url: 'https://example.org/pub/' },
    ],
    [
      'rclone:https://example.org/?path=a+b&no_slash=true&secrets=headers',
      'https://example.org/a b',
      'a b',
      { remote: 'http', url: 'https://example.org/', path: 'a b', no_slash: true, secrets: { headers: null } },
    ],
    [
      'rclone:webdav+https://example.org/dav?user=me&secrets=pass',
      'webdav+https://example.org/dav',
      'dav',
      { remote: 'webdav', url: 'https://example.org/dav', user: 'me', secrets: { pass: null } },
    ],
    [
      'rclone:s3://bucket/deep?endpoint=https%3A%2F%2Fminio.example.org%3A9000&list_version=2',
      's3://bucket/deep at https://minio.example.org:9000',
      'deep',
      { remote: 's3', path: 'bucket/deep', endpoint: 'https://minio.example.org:9000', list_version: 2 },
    ],
    [
      'rclone:s3://bucket?region=eu-west-1',
      's3://bucket',
      'bucket',
      { remote: 's3', path: 'bucket', region: 'eu-west-1' },
    ],
    [
      'rclone:ftp://ftp.example.org/pub/x',
      'ftp://ftp.example.org/pub/x',
      'x',
      { remote: 'ftp', host: 'ftp.example.org', path: 'pub/x' },
    ],
    [
      `rclone:sftp://me@[::1]:2222//srv/p%20x?known_hosts=${encodeURIComponent(`${KEY},${KEY}`).replaceAll('%20', '+')}&secrets=pass%2Ckey_pem`,
      'sftp://me@[::1]:2222/srv/p x',
      'p x',
      {
        remote: 'sftp',
        host: '::1',
        port: 2222,
        user: 'me',
        path: '/srv/p x',
        known_hosts: [KEY, KEY],
        secrets: { pass: null, key_pem: null },
      },
    ],
    [
      'rclone:swift://bucket?user=me&auth=https%3A%2F%2Fid.example.org%2Fv3&auth_version=3',
      'swift://bucket at https://id.example.org/v3',
      'bucket',
      { remote: 'swift', path: 'bucket', user: 'me', auth: 'https://id.example.org/v3', auth_version: 3 },
    ],
  ])('%s is read and written, shown as %s, and called %s', (text, shown, name, fields) => {
    const source = ofParts(fields)
    expect(readRclone(text)).toEqual(source)
    expect(writeRclone(source)).toBe(text)
    expect(showRclone(source)).toBe(shown)
    expect(nameInRclone(source)).toBe(name)
  })

  it.each([
    'https://example.org/',
    'rclone:',
    'rclone:local:///etc',
    'rclone:/etc',
    'rclone:alias://x',
    'rclone:sftp://me:word@example.org/',
    'rclone:ftp://example.org/%ff',
  ])('is not %s', (text) => {
    expect(readRclone(text)).toBeNull()
  })
})
