import { describe, expect, it } from 'vitest'
import { assertHost, assertModule, buildSourceUrl, splitModule } from '../../../shared/rsync/source.ts'

const url = (part: object) =>
  buildSourceUrl({ user: null, host: 'rsync.example.org', port: 873, path: 'module', ...part })

describe('buildSourceUrl', () => {
  it.each([
    [{}, 'rsync://rsync.example.org:873/module/'],
    [{ user: 'fedora', path: '/module/sub dir/' }, 'rsync://fedora@rsync.example.org:873/module/sub dir/'],
    [{ host: '192.0.2.1', port: 8730 }, 'rsync://192.0.2.1:8730/module/'],
    [{ host: '2001:db8::1' }, 'rsync://[2001:db8::1]:873/module/'],
    [{ host: '[::1]' }, 'rsync://[::1]:873/module/'],
    [{ path: 'module/-x/-y' }, 'rsync://rsync.example.org:873/module/./-x/-y/'],
    [{ path: 'module/a/-x' }, 'rsync://rsync.example.org:873/module/a/-x/'],
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

describe('assertHost', () => {
  it.each([
    ['rsync.example.org', true],
    ['rsync.example.org.', true],
    ['under_score.example.org', true],
    ['localhost', true],
    ['3com.example', true],
    ['192.0.2.1', true],
    ['2001:db8::1', true],
    ['[2001:db8::1]', true],
    [`${'a'.repeat(63)}.org`, true],
    [`${'a'.repeat(64)}.org`, false],
    [`${'a.'.repeat(126)}a`, true],
    [`${'a.'.repeat(127)}a`, false],
    ['a..b', false],
    ['.a', false],
    ['-a.org', false],
    ['a-.org', false],
    ['1.2.3', false],
    ['256.1.1.1', false],
    ['12345', false],
    ['[192.0.2.1]', false],
    ['[::1', false],
    ['::g', false],
    ['a\n', false],
    ['', false],
  ])('of %j: %s', (host, isHost) => {
    const check = () => assertHost(host)
    if (isHost) expect(check).not.toThrow()
    else expect(check).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', field: 'rsync_host' }))
  })

  it('names the field that it was asked about', () => {
    expect(() => assertHost('a b', 'hostname')).toThrow(expect.objectContaining({ field: 'hostname' }))
  })
})

describe('assertModule', () => {
  it.each([
    ['debian', true],
    ['/debian/pool/', true],
    ['debian/with space/ü', true],
    ['debian/..hidden/.a', true],
    ['debian/-x', true],
    ['.', false],
    ['debian/./pool', false],
    ['debian/..', false],
    ['debian//pool', false],
    ['///', false],
    ['-debian', false],
    ['debian[1]', false],
    ['debian\\x', false],
    ['debian\x7f', false],
    ['debian#1', true],
    ['#list', false],
  ])('of %j: %s', (module, isModule) => {
    const check = () => assertModule(module)
    if (isModule) expect(check).not.toThrow()
    else expect(check).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', field: 'rsync_module' }))
  })

  it('names the field that it was asked about', () => {
    expect(() => assertModule('..', 'path')).toThrow(expect.objectContaining({ field: 'path' }))
  })
})

describe('splitModule', () => {
  it.each([
    ['debian', 'debian', ''],
    ['/debian/', 'debian', ''],
    ['debian/pool', 'debian', 'pool'],
    ['/debian/pool//main/', 'debian', 'pool/main'],
  ])('of %s is the module %s and the folder "%s"', (path, module, folder) => {
    const source = { user: 'u', host: 'h', port: 8730, path }
    expect(splitModule(source)).toEqual({ root: { ...source, path: module }, folder })
  })
})
