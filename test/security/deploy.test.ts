// The units and containers that are shipped: valid where systemd is there to say so, and without root.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../helpers/folder.ts'

const REPOSITORY = path.resolve(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(path.join(REPOSITORY, name), 'utf8')
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

describe.each(['master', 'slave'])('the %s', (name) => {
  it('has a unit without privileges', () => {
    const unit = read(`deploy/mirrorfleet-${name}.service`)
    for (const line of [
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'ReadWritePaths=/srv/mirror',
      'User=mirrorfleet',
      'CapabilityBoundingSet=',
    ]) {
      expect(unit).toContain(`\n${line}\n`)
    }
    expect(unit).toContain(`/dist/${name}/main.js`)
    expect(existsSync(path.join(REPOSITORY, name, 'main.ts'))).toBe(true)
  })

  it.runIf(hasSystemd)('has a unit that systemd understands', () => {
    const folder = temporaryFolder()
    mkdirSync(folder, { recursive: true })
    const file = path.join(folder, `mirrorfleet-${name}.service`)
    // The program itself is not installed here.
    writeFileSync(file, read(`deploy/mirrorfleet-${name}.service`).replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true'))
    const { stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    expect(stderr.split('\n').filter((line) => line.includes('mirrorfleet'))).toEqual([])
  })

  it('has a container that runs as nobody in particular', () => {
    const text = read(`deploy/Dockerfile.${name}`)
    expect(text).toContain('\nUSER node\n')
    expect(text.indexOf('USER node')).toBeLessThan(text.indexOf('CMD'))
    expect(text).toContain(`dist/${name}/main.js`)
  })
})

describe('the dependencies', () => {
  it('are exact, need no install script of ours, and each has its reason', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'))
    const reasons = read('docs/dependencies.md')
    for (const [name, version] of Object.entries<string>({ ...dependencies, ...devDependencies })) {
      expect(version, name).toMatch(/^\d/)
      expect(name.startsWith('@types/') || reasons.includes(name), name).toBe(true)
    }
  })

  it('lie in a lock file without addresses', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"')
  })
})
