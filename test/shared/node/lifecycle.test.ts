import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { startProcess } from '../../../scripts/sample/process.ts'
import { until } from '../../../scripts/sample/until.ts'
import { FolderLockedError, lockFolder, lockTrees } from '../../../shared/node/lifecycle.ts'
import { killLeftovers, openChildRegistry } from '../../../shared/process/child-registry.ts'
import { identifyProcess, isRunning } from '../../../shared/process/identity.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { canMount, mountDisk } from '../../helpers/mount.ts'

const startSleeper = () => {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  if (child.pid === undefined) throw new Error('no sleep')
  return { pid: child.pid, exited: once(child, 'exit'), kill: () => child.kill('SIGKILL') }
}

describe('lockFolder', () => {
  it('refuses a folder that a living process has, and names the process', async () => {
    const folder = temporaryFolder()
    const sleeper = startSleeper()
    writeFileSync(path.join(folder, 'lock'), JSON.stringify(identifyProcess(sleeper.pid)))
    await expect(lockFolder(folder)).rejects.toThrow(FolderLockedError)
    await expect(lockFolder(folder)).rejects.toThrow(`process ${sleeper.pid}`)
    sleeper.kill()
    await sleeper.exited
  })

  it('takes over from a process that was killed, and gives the folder back', async () => {
    const folder = path.join(temporaryFolder(), 'data')
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'lock'), JSON.stringify({ pid: process.pid, started: 'long ago' }))
    const unlock = await lockFolder(folder)
    expect(existsSync(path.join(folder, 'lock'))).toBe(true)
    unlock()
    expect(existsSync(path.join(folder, 'lock'))).toBe(false)
  })

  it('gives a folder to one of many that want it at once', async () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'lock'), JSON.stringify({ pid: 1, started: 'never' }))
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => lockFolder(folder)))
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  })
})

describe('lockTrees', () => {
  it('leaves the folder open to others, and is given back', () => {
    const folder = temporaryFolder()
    const unlock = lockTrees(folder, 'SLAVE_PUBLIC_DIR')
    const lock = path.join(folder, '.mirrorfleet', 'lock')
    expect(statSync(path.dirname(lock)).mode & 0o777).toBe(0o755)
    expect(existsSync(lock)).toBe(true)
    unlock()
    expect(existsSync(lock)).toBe(false)
  })

  it.runIf(canMount())('does without a lock on a full disk', () => {
    const folder = path.join(temporaryFolder(), 'disk')
    mountDisk(folder, '64k')
    const fill = () => writeFileSync(path.join(folder, `${readdirSync(folder).length}`), randomBytes(4096))
    mkdirSync(path.join(folder, '.mirrorfleet'))
    expect(() => {
      for (;;) fill()
    }).toThrow(/ENOSPC/)
    expect(() => lockTrees(folder, 'SLAVE_PUBLIC_DIR')()).not.toThrow()
    expect(readdirSync(path.join(folder, '.mirrorfleet'))).toEqual([])
  })
})

describe('stopOnSignals', () => {
  it('takes signals within a second as one, and ends a stop that hangs on a later one', async () => {
    const module = path.resolve('shared/node/lifecycle.ts')
    const script = `import { stopOnSignals } from ${JSON.stringify(module)}
      const stop = () => new Promise(() => console.log('stopping'))
      stopOnSignals(stop, () => {})
      setInterval(() => {}, 1_000)
      console.log('ready')`
    const node = startProcess(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], process.env)
    await until('it to be ready', () => node.output().includes('ready'))
    const began = performance.now()
    await until('its end', () => {
      node.signal('SIGTERM')
      return node.hasEnded()
    })
    expect(await node.ended).toBe(1)
    expect(node.output().match(/stopping/g)).toHaveLength(1)
    expect(performance.now() - began).toBeGreaterThan(1_000)
  })
})

describe('killLeftovers', () => {
  it('kills the recorded process and never another that has its number', async () => {
    const folder = temporaryFolder()
    const [left, innocent] = [startSleeper(), startSleeper()]
    openChildRegistry(folder).record(left.pid)
    writeFileSync(
      path.join(folder, `${innocent.pid}.json`),
      JSON.stringify({ pid: innocent.pid, started: 'another time' }),
    )
    expect(await killLeftovers(folder)).toEqual([left.pid])
    await left.exited
    const alive = identifyProcess(innocent.pid)
    expect(alive !== null && isRunning(alive)).toBe(true)
    innocent.kill()
    await innocent.exited
  })
})
