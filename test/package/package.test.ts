// The package as it is built and installed: from dist, and in an empty folder, without the sources, its three commands work.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { writePages } from '../../scripts/man-pages.ts'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { startProcess } from '../../scripts/sample/process.ts'
import { until } from '../../scripts/sample/until.ts'
import { copyRepository, temporaryFolder } from '../helpers/folder.ts'

const npm = (folder: string, ...args: string[]) =>
  execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

let copy = ''
let tarball = ''
beforeAll(() => {
  copy = copyRepository()
  // It builds dist before it packs.
  tarball = npm(copy, 'pack', '--silent').trim().split('\n').at(-1) ?? ''
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

it('is installed from what npm pack makes without a warning, and runs', async () => {
  const folder = temporaryFolder()
  writeFileSync(path.join(folder, 'package.json'), '{"private": true}')
  const options = ['--loglevel=warn', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']
  const install = ['install', ...options, path.join(copy, tarball)]
  // With Node.js 20, npm warns of each package that requires a newer one.
  const { status: code, stderr } = spawnSync('npm', install, { cwd: folder, encoding: 'utf8' })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const command = (name: string) => path.join(folder, 'node_modules', '.bin', name)
  expect(execFileSync(command('mirrorfleet'), ['--version'], { encoding: 'utf8' }).trim()).toMatch(/^\d+\.\d+\.\d+$/)
  const installed = path.join(folder, 'node_modules', 'mirrorfleet')
  expect(existsSync(path.join(installed, 'test'))).toBe(false)
  // npm installs those very versions where the package comes from a registry.
  expect(readFileSync(path.join(installed, 'npm-shrinkwrap.json'), 'utf8')).toBe(
    readFileSync('package-lock.json', 'utf8'),
  )
  expect(existsSync(path.join(copy, 'npm-shrinkwrap.json'))).toBe(false)

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

it('has nodes that run from the build', async () => {
  const folder = temporaryFolder()
  const [port, rsyncd, slavePort] = await findFreePorts(3)
  const env = {
    PATH: process.env.PATH,
    DATA_DIR: folder,
    SLAVE_DATA_DIR: path.join(folder, 's'),
    SLAVE_PUBLIC_DIR: path.join(folder, 'p'),
    MASTER_PORT: String(port),
    MASTER_RSYNCD_PORT: String(rsyncd),
    SLAVE_PORT: String(slavePort),
  }
  for (const [name, at] of [
    ['master', port],
    ['slave', slavePort],
  ] as const) {
    const node = startProcess(process.execPath, [path.join(copy, 'dist', name, 'main.js')], env)
    onTestFinished(async () => {
      if (!node.hasEnded()) await node.stop()
    })
    const health = await until(`the ${name}`, async () =>
      (await fetch(`http://127.0.0.1:${at}/healthz`).catch(() => null))?.json(),
    )
    expect(health).toMatchObject({ status: 'ok', version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
    expect(await node.stop()).toBe(0)
  }
})

it('has manual pages that say what the commands do today; else run `npm run man`', () => {
  for (const [name, text] of Object.entries(writePages())) {
    expect(readFileSync(path.join('docs', 'man', name), 'utf8'), name).toBe(text)
  }
})
