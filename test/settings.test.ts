import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { isLoopback, isLoopbackFleet, loadSettings, SettingsError, SettingsSchema } from '../settings.ts'
import { temporaryFolder } from './helpers/folder.ts'

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    loadSettings(env, temporaryFolder())
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
}

describe('loadSettings', () => {
  it('needs nothing for a fleet on loopback', () => {
    const folder = temporaryFolder()
    const settings = loadSettings({}, folder)
    expect(settings).toMatchObject({
      MASTER_PORT: 5000,
      MASTER_URL: 'http://localhost:5000',
      DATA_DIR: path.join(folder, 'data'),
      DEST_ROOT: path.join(folder, 'data', 'mirror'),
      STORE_URL: `file:${path.join(folder, 'data')}`,
      MASTER_RSYNCD: 'managed',
      RSYNC_DEFAULT_OPTIONS: '-avH',
      PUBLIC_STATUS: true,
      DELETE_GUARD_PERCENT: 50,
    })
    expect(settings.SLAVE_TOKEN).toBeUndefined()
    expect(Object.isFrozen(settings)).toBe(true)
  })

  it('reads .env, and the environment wins over it', () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, '.env'), 'MASTER_PORT=5001\nSLAVE_PORT=7001\n')
    expect(loadSettings({ SLAVE_PORT: '7002' }, folder)).toMatchObject({ MASTER_PORT: 5001, SLAVE_PORT: 7002 })
  })

  it('takes addresses and networks of proxies, and nothing that would be every address', () => {
    const problems = (TRUSTED_PROXIES: string) => problemsOf({ TRUSTED_PROXIES }).length
    expect(problems('192.0.2.1 10.0.0.0/8  2001:db8::/32 ::1')).toBe(0)
    expect(problemsOf({ TRUSTED_PROXIES: '10.0.0.0/33 proxy.example.org' })).toEqual([
      expect.stringContaining('TRUSTED_PROXIES holds 10.0.0.0/33'),
      expect.stringContaining('TRUSTED_PROXIES holds proxy.example.org'),
    ])
    for (const bad of ['0.0.0.0/0', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.1,10.0.0.2', 'true'])
      expect(problems(bad), bad).toBe(1)
  })

  it('names every problem at once and shows no secret', () => {
    const problems = problemsOf({
      MASTER_PORT: '70000',
      SLAVE_PORT: '12.5',
      LOG_LEVEL: 'loud',
      PUBLIC_STATUS: 'maybe',
      MASTER_RSYNCD: 'auto',
      SLAVE_TOKEN: 'short',
      TLS_CERT: 'cert.pem',
    })
    expect(problems).toHaveLength(7)
    for (const name of [
      'MASTER_PORT',
      'SLAVE_PORT',
      'LOG_LEVEL',
      'PUBLIC_STATUS',
      'MASTER_RSYNCD',
      'SLAVE_TOKEN',
      'TLS_CERT',
    ]) {
      expect(problems.join('\n')).toContain(name)
    }
    expect(problems.join('\n')).not.toContain('short')
  })

  it('wants secrets as soon as anything is beyond loopback', () => {
    const problems = problemsOf({ MASTER_BIND: '0.0.0.0' }).join('\n')
    expect(problems).toContain('SLAVE_TOKEN must be set')
    expect(problems).toContain('MASTER_RSYNCD_PASSWORD must be set')
    expect(
      problemsOf({
        MASTER_BIND: '0.0.0.0',
        SLAVE_TOKEN: '12345678',
        MASTER_RSYNCD_PASSWORD: '12345678',
        ALLOW_PLAINTEXT: 'true',
      }),
    ).toEqual([])
    expect(problemsOf({ MASTER_RSYNCD: 'external' }).join()).toContain('MASTER_RSYNCD_PASSWORD')
  })

  it.each<[string, Record<string, string>]>([
    ['MASTER_PORT', { MASTER_PORT: '0' }],
    ['MASTER_PORT', { MASTER_PORT: '65536' }],
    ['MASTER_PORT', { MASTER_PORT: '5e3' }],
    ['MASTER_PORT', { MASTER_PORT: '-1' }],
    ['TOKEN_TTL_S', { TOKEN_TTL_S: '0' }],
    ['TOKEN_TTL_S', { TOKEN_TTL_S: '3601', TOKEN_MAX_TTL_S: '3600' }],
    ['DELETE_GUARD_PERCENT', { DELETE_GUARD_PERCENT: '101' }],
    ['PUBLIC_STATUS', { PUBLIC_STATUS: 'yes' }],
    ['MASTER_URL', { MASTER_URL: 'ftp://m' }],
    ['MASTER_URL', { MASTER_URL: 'http://m/path' }],
    ['WEBHOOK_URLS', { WEBHOOK_URLS: 'not-a-url' }],
    ['WEBHOOK_URLS', { WEBHOOK_URLS: 'http://a ftp://b' }],
    ['STORE_URL', { STORE_URL: 'mysql://db' }],
    ['SLAVE_TOKEN', { SLAVE_TOKEN: 'with space' }],
    ['SLAVE_TOKEN', { SLAVE_TOKEN: 'umlautü8' }],
    ['SLAVE_ID', { SLAVE_ID: 'ftp2.example.org' }],
    ['SLAVE_ID', { SLAVE_ID: 'ftp2.example.org:65536' }],
    ['SLAVE_ID', { SLAVE_ID: 'ftp2.example.org:07000' }],
    ['SLAVE_ID', { SLAVE_ID: 'http://ftp2.example.org:7000' }],
    ['STORE_KEY', { STORE_KEY: 'too short' }],
    ['MASTER_NODE', { MASTER_NODE: '-m' }],
    ['MASTER_RSYNCD_MODULE', { MASTER_RSYNCD_MODULE: 'a/b' }],
    ['TLS_CERT', { TLS_CERT: 'cert.pem' }],
    ['TLS_CERT', { TLS_KEY: 'key.pem' }],
    ['MASTER_RSYNCD_PASSWORD', { MASTER_RSYNCD_PASSWORD: 'two\nlines' }],
    ['ROOT_PASS', { ROOT_PASS: 'two\nlines' }],
  ])('refuses, naming %s, %j', (name, env) => {
    const problems = problemsOf(env)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(name)
  })

  it.each<Record<string, string>>([
    { MASTER_PORT: '1' },
    { MASTER_PORT: '65535' },
    { SLAVE_RSYNCD_PORT: '0' },
    { DELETE_GUARD_PERCENT: '0' },
    { RETRY_LIMIT: '0' },
    { WEBHOOK_URLS: 'http://a https://b/c?d' },
    { STORE_URL: 'file:/srv/data' },
    { SLAVE_TOKEN: 'abc.DEF_12~+/-==' },
    { SLAVE_ID: 'ftp2.example.org:7000' },
    { SLAVE_ID: '[2001:db8::1]:65535' },
    { TLS_CERT: 'cert.pem', TLS_KEY: 'key.pem' },
    { MASTER_PORT: '' },
    { MASTER_PORT: '  ' },
    { NO_SETTING_OF_OURS: 'x' },
  ])('takes %j', (env) => {
    expect(problemsOf(env)).toEqual([])
  })

  it('writes an id as the master does', () => {
    expect(loadSettings({ SLAVE_ID: 'FTP2.Example.org:7000' }, temporaryFolder()).SLAVE_ID).toBe(
      'ftp2.example.org:7000',
    )
  })

  it('needs every secret, the same on each master, with a store that masters share', () => {
    const STORE_URL = 'postgresql://db/mirrorfleet'
    const secrets = { STORE_KEY: 'k'.repeat(16), SLAVE_TOKEN: '12345678', MASTER_RSYNCD_PASSWORD: '12345678' }
    expect(problemsOf({ STORE_URL, ...secrets })).toEqual([])
    for (const name of Object.keys(secrets)) {
      const problems = problemsOf({ STORE_URL, ...secrets, [name]: '' })
      expect(problems).toEqual([expect.stringContaining(name)])
    }
  })

  it('takes no plain HTTP beyond loopback, unless it is allowed', () => {
    const beyond = { SLAVE_BIND: '0.0.0.0', SLAVE_TOKEN: '12345678', MASTER_RSYNCD_PASSWORD: '12345678' }
    expect(problemsOf(beyond)).toEqual([expect.stringContaining('ALLOW_PLAINTEXT')])
    expect(problemsOf({ ...beyond, ALLOW_PLAINTEXT: 'true' })).toEqual([])
    expect(problemsOf({ ...beyond, TLS_CERT: 'c.pem', TLS_KEY: 'k.pem' })).toEqual([])
  })

  it.each([
    [{}, 'http://localhost:5000'],
    [{ MASTER_HOSTNAME: '::1', MASTER_PORT: '81' }, 'http://[::1]:81'],
    [{ TLS_CERT: 'c.pem', TLS_KEY: 'k.pem' }, 'https://localhost:5000'],
    [{ MASTER_URL: 'https://mirror.example.org/' }, 'https://mirror.example.org'],
  ])('with %j has the master at %s', (env, url) => {
    expect(loadSettings(env, temporaryFolder()).MASTER_URL).toBe(url)
  })

  it('makes every file and folder absolute, from the folder that it starts in', () => {
    const folder = temporaryFolder()
    const env = { DATA_DIR: 'd', TLS_CERT: 'c.pem', TLS_KEY: '/etc/k.pem', SLAVE_PUBLIC_DIR: '../public' }
    expect(loadSettings(env, folder)).toMatchObject({
      DATA_DIR: path.join(folder, 'd'),
      DEST_ROOT: path.join(folder, 'd', 'mirror'),
      STORE_URL: `file:${path.join(folder, 'd')}`,
      TLS_CERT: path.join(folder, 'c.pem'),
      TLS_KEY: '/etc/k.pem',
      SLAVE_PUBLIC_DIR: path.resolve(folder, '../public'),
      SLAVE_DATA_DIR: path.join(folder, 'slave-data'),
    })
  })

  it('deletes by default, and not at all with the word none', () => {
    const deleteOption = (env: Record<string, string>) => loadSettings(env, temporaryFolder()).RSYNC_DELETE_OPTION
    expect(deleteOption({})).toBe('--delete')
    expect(deleteOption({ RSYNC_DELETE_OPTION: '' })).toBe('--delete')
    expect(deleteOption({ RSYNC_DELETE_OPTION: 'none' })).toBe('')
  })

  it('says when .env cannot be read, and does without one', () => {
    const folder = temporaryFolder()
    mkdirSync(path.join(folder, '.env'))
    expect(() => loadSettings({}, folder)).toThrow(SettingsError)
    expect(() => loadSettings({}, path.join(folder, 'missing'))).not.toThrow()
  })

  it('knows every variable of the docs', async () => {
    const { readFile } = await import('node:fs/promises')
    const readme = await readFile(new URL('../docs/settings.md', import.meta.url), 'utf8')
    for (const name of Object.keys(SettingsSchema.properties)) expect(readme, name).toContain(`\`${name}\``)
  })
})

describe('isLoopback', () => {
  it.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['[::1]', true],
    ['0.0.0.0', false],
    ['10.0.0.1', false],
    ['127.0.0.1.example.org', false],
    ['::', false],
    ['LOCALHOST', true],
    ['localhost.example.org', false],
    ['127.0.0', false],
    ['', false],
  ])('%s: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected)
  })
})

describe('isLoopbackFleet', () => {
  const LOOPBACK = { MASTER_BIND: '127.0.0.1', MASTER_HOSTNAME: 'localhost', SLAVE_BIND: '::1' }

  it('is true only where nothing can be reached from elsewhere', () => {
    expect(isLoopbackFleet(LOOPBACK)).toBe(true)
    for (const name of Object.keys(LOOPBACK))
      expect(isLoopbackFleet({ ...LOOPBACK, [name]: '192.0.2.1' }), name).toBe(false)
  })
})
