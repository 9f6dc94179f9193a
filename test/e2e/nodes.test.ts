import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Fleet, startFleet } from '../../scripts/sample/fleet.ts'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { startProcess } from '../../scripts/sample/process.ts'
import { programArguments } from '../../scripts/sample/program.ts'
import { until } from '../../scripts/sample/until.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { commandLinesWith } from '../helpers/processes.ts'

const start = async (slaves = 0): Promise<Fleet> => {
  const fleet = await startFleet({ root: temporaryFolder(), slaves })
  onTestFinished(async () => {
    await fleet.stop()
  })
  return fleet
}

const startNode = (script: string[], env: NodeJS.ProcessEnv) => {
  const node = startProcess(process.execPath, script, { PATH: process.env.PATH, ...env })
  onTestFinished(async () => {
    if (!node.hasEnded()) await node.stop()
  })
  return node
}

const MASTER = programArguments('master')

describe('nodes', () => {
  it('stop cleanly with exit code 0 and leave no process and no lock behind', async () => {
    const fleet = await start(1)
    expect(Object.values(await fleet.stop())).toEqual([0, 0])
    expect(commandLinesWith(fleet.root)).toEqual([])
    expect(() => readFileSync(path.join(fleet.dataFolder, 'lock'))).toThrow()
  })

  it('stop cleanly on SIGHUP, and on a signal that comes twice', async () => {
    const fleet = await start(1)
    for (const signal of ['SIGHUP', 'SIGHUP', 'SIGTERM'] as const) fleet.master.signal(signal)
    for (const signal of ['SIGINT', 'SIGINT'] as const) fleet.slaves[0]?.process?.signal(signal)
    expect(await fleet.master.ended).toBe(0)
    expect(await fleet.slaves[0]?.process?.ended).toBe(0)
    expect(commandLinesWith(fleet.root)).toEqual([])
  })

  it('write JSON lines', async () => {
    const fleet = await start(1)
    const lines = fleet.output().trim().split('\n')
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) expect(line).toMatch(/^\{.*"msg":.*\}$/)
  })

  it('refuse a data folder that another process has', async () => {
    const fleet = await start()
    const [port, rsyncd] = await findFreePorts(2)
    const second = startNode(MASTER, {
      DATA_DIR: fleet.dataFolder,
      MASTER_PORT: String(port),
      MASTER_RSYNCD_PORT: String(rsyncd),
    })
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain(`in use by process ${fleet.master.pid}. Stop that process, or set DATA_DIR to`)
  })

  it('refuse the public folder that another slave has, and name its setting', async () => {
    const fleet = await start(1)
    const [slave] = fleet.slaves
    const [port] = await findFreePorts(1)
    const second = startNode(programArguments('slave'), {
      SLAVE_DATA_DIR: temporaryFolder(),
      SLAVE_PUBLIC_DIR: slave?.publicFolder,
      SLAVE_PORT: String(port),
    })
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain(
      `${slave?.publicFolder} is in use by process ${slave?.process?.pid}. Stop that process, or set SLAVE_PUBLIC_DIR to`,
    )
  })

  it('say in one message all that is wrong with the settings', async () => {
    const node = startNode(MASTER, { MASTER_PORT: 'x', SLAVE_PORT: 'y' })
    expect(await node.ended).toBe(1)
    expect(node.output()).toMatch(/MASTER_PORT must be.*SLAVE_PORT must be/s)
    expect(node.output()).not.toContain('at loadSettings')
  })

  it('refuse default options that are not allowed, and a corrupt store', async () => {
    const folder = temporaryFolder()
    const [port, rsyncd] = await findFreePorts(2)
    const env = { DATA_DIR: folder, MASTER_PORT: String(port), MASTER_RSYNCD_PORT: String(rsyncd) }
    const options = startNode(MASTER, { ...env, RSYNC_DEFAULT_OPTIONS: '-a --rsh=sh' })
    expect(await options.ended).toBe(1)
    expect(options.output()).toContain('--rsh is refused')
    const fleet = await start(1)
    await fleet.stop()
    const file = path.join(fleet.dataFolder, 'store', 'cluster.json')
    writeFileSync(file, '{"version":99,"data":{}}')
    const newer = startNode(MASTER, { ...env, DATA_DIR: fleet.dataFolder })
    expect(await newer.ended).toBe(1)
    expect(newer.output()).toContain('written by a newer Mirrorfleet')
    expect(newer.output()).toContain(`${file}.bak`)
    expect(readFileSync(file, 'utf8')).toBe('{"version":99,"data":{}}')
  })

  it('refuse to keep their state among the files that they serve', async () => {
    const folder = temporaryFolder()
    const [port, rsyncd] = await findFreePorts(2)
    const env = {
      DATA_DIR: path.join(folder, 'data'),
      DEST_ROOT: folder,
      MASTER_PORT: String(port),
      MASTER_RSYNCD_PORT: String(rsyncd),
    }
    const node = startNode(MASTER, env)
    expect(await node.ended).toBe(1)
    expect(node.output()).toContain('would be served to others')
  })

  it('print the first password once, and keep users over a restart', async () => {
    const folder = temporaryFolder()
    const [port = 0, rsyncd] = await findFreePorts(2)
    const env = { DATA_DIR: folder, MASTER_PORT: String(port), MASTER_RSYNCD_PORT: String(rsyncd) }
    const url = `http://127.0.0.1:${port}`
    const first = startNode(MASTER, env)
    await until('the master', async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok)
    const password = /the user "root" has the password (\S+)/.exec(first.output())?.[1] ?? ''
    expect(await first.stop()).toBe(0)
    const second = startNode(MASTER, env)
    await until('the master', async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok)
    expect(second.output()).not.toContain('password')
    const authorization = `Basic ${Buffer.from(`root:${password}`).toString('base64')}`
    expect((await fetch(`${url}/test/`, { headers: { authorization } })).status).toBe(200)
  })

  it('are not ready while rsyncd is down, with the reason', async () => {
    const fleet = await start()
    const daemon = JSON.parse(readFileSync(path.join(fleet.dataFolder, 'children', lastChild(fleet)), 'utf8'))
    process.kill(daemon.pid, 'SIGKILL')
    const answer = await until('not ready', async () => {
      const ready = await fleet.api.call('/readyz')
      return ready.status === 503 ? ready : null
    })
    expect(answer.body.problems.join()).toContain('rsyncd')
    await until('ready again', async () => (await fleet.api.call('/readyz')).status === 200)
  })
})

function lastChild(fleet: Fleet): string {
  const names = execFileSync('ls', [path.join(fleet.dataFolder, 'children')], { encoding: 'utf8' })
    .trim()
    .split('\n')
  const [name] = names
  if (name === undefined) throw new Error('no child')
  return name
}
