import { describe, expect, it } from 'vitest'
import { buildSourceUrl } from '../../../shared/rsync/source.ts'

const url = (part: object) =>
  buildSourceUrl({ user: null, host: 'rsync.example.org', port: 873, path: 'module', ...part })

describe('buildSourceUrl', () => {
  it.each([
    [{}, 'rsync://rsync.example.org:873/module/'],
    [{ user: 'fedora', path: '/module/sub dir/' }, 'rsync://fedora@rsync.example.org:873/module/sub dir/'],
    [{ host: '192.0.2.1', port: 8730 }, 'rsync://192.0.2.1:8730/module/'],
    [{ host: '2001:db8::1' }, 'rsync://[2001:db8::1]:873/module/'],
    [{ host: '[::1]' }, 'rsync://[::1]:873/module/'],
  ])('of %j is %s', (part, expected) => {
    expect(url(part)).toBe(expected)
  })

  it.each([
    { host: '<new_ip_or_hostname>' },
    { host: '-e' },
    { host: 'host/x' },
    { host: 'a b' },
    { host: 'user@host' },
    { host: 'host:22' },
    { host: '999.1.1.1' },
    { host: '' },
    { path: '..' },
    { path: 'a/../b' },
    { path: '' },
    { path: '/' },
    { path: 'a//b' },
    { path: '-x' },
    { path: 'a*' },
    { path: 'a\nb' },
    { path: 'a?b' },
    { path: '#list' },
    { user: 'a:b' },
    { user: 'a@b' },
    { user: '-a' },
    { user: '' },
  ])('refuses %j', (part) => {
    expect(() => url(part)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })
})
