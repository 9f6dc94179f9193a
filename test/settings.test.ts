import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { isLoopback, loadSettings, SettingsError, SettingsSchema } from '../settings.ts'
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
  ])('%s: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected)
  })
})
