// The package as it is installed: in an empty folder, without the sources, its three commands work.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { writePages } from '../../scripts/man-pages.ts'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { until } from '../../scripts/sample/until.ts'
import { copyRepository, temporaryFolder } from '../helpers/folder.ts'

const npm = (folder: string, ...args: string[]) =>
  execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

it('is installed from what npm pack makes, and runs', async () => {
  const copy = copyRepository()
  const tarball = npm(copy, 'pack', '--silent').trim().split('\n').at(-1) ?? ''
  const folder = temporaryFolder()
  writeFileSync(path.join(folder, 'package.json'), '{"private": true}')
  npm(folder, 'install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', path.join(copy, tarball))
  const command = (name: string) => path.join(folder, 'node_modules', '.bin', name)
  expect(execFileSync(command('mirrorfleet'), ['--version'], { encoding: 'utf8' }).trim()).toMatch(/^\d+\.\d+\.\d+$/)
  expect(existsSync(path.join(folder, 'node_modules', 'mirrorfleet', 'test'))).toBe(false)

  const [port = 0, rsyncd = 0] = await findFreePorts(2)
  const env = {
    PATH: process.env.PATH,
    MASTER_PORT: String(port),
    MASTER_RSYNCD_PORT: String(rsyncd),
    ROOT_PASS: 'of the package',
  }
  const master = spawn(command('mirrorfleet-master'), { cwd: folder, env, stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  await until('the master', async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok)
  expect(await (await fetch(`${url}/`)).text()).toContain('<div id="app">')
  const status = execFileSync(command('mirrorfleet'), ['status'], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      MIRRORFLEET_URL: url,
      MIRRORFLEET_USER: 'root',
      MIRRORFLEET_PASSWORD: 'of the package',
    },
  })
  expect(status).toContain('No projects yet')
  master.kill('SIGTERM')
  expect((await once(master, 'exit'))[0]).toBe(0)
})

it('has manual pages that say what the commands do today; else run `npm run man`', () => {
  for (const [name, text] of Object.entries(writePages())) {
    expect(readFileSync(path.join('docs', 'man', name), 'utf8'), name).toBe(text)
  }
})
