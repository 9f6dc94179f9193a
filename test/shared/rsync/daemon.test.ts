import { execFileSync } from 'node:child_process'
import { lchownSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findFreePorts } from '../../../scripts/sample/ports.ts'
import { until } from '../../../scripts/sample/until.ts'
import { openChildRegistry } from '../../../shared/process/child-registry.ts'
import { type DaemonOptions, startDaemon } from '../../../shared/rsync/daemon.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const options = async (): Promise<DaemonOptions> => {
  const root = temporaryFolder()
  const modulePath = path.join(root, 'mirror')
  mkdirSync(modulePath)
  writeFileSync(path.join(modulePath, 'private'), 'contents', { mode: 0o600 })
  return {
    bin: 'rsync',
    folder: path.join(root, 'rsyncd'),
    address: '127.0.0.1',
    portSetting: 'MASTER_RSYNCD_PORT',
    port: (await findFreePorts(1))[0] ?? 0,
    module: 'mirror',
    modulePath,
    user: 'mirror',
    password: 'daemon-password',
    hosts: ['127.0.0.1'],
    connections: { atLeast: 5, perHost: 2 },
    timeoutS: 60,
    children: openChildRegistry(path.join(root, 'children')),
    onEvent: () => {},
  }
}

const pull = ({ port }: DaemonOptions, password: string, host = '127.0.0.1') => {
  const target = temporaryFolder()
  execFileSync('rsync', ['-a', `rsync://mirror@${host}:${port}/mirror/`, `${target}/`], {
    env: { PATH: process.env.PATH, RSYNC_PASSWORD: password },
    stdio: 'pipe',
  })
  return target
}

describe('startDaemon', () => {
  it('serves the module to who knows the password, read only, private files too, and stops', async () => {
    const wanted = await options()
    const daemon = await startDaemon(wanted)
    onTestFinished(daemon.stop)
    expect(readFileSync(path.join(pull(wanted, wanted.password), 'private'), 'utf8')).toBe('contents')
    expect(() => pull(wanted, 'wrong')).toThrow(/auth failed/)
    expect(() =>
      execFileSync('rsync', ['-a', wanted.modulePath, `rsync://mirror@127.0.0.1:${wanted.port}/mirror/`], {
        env: { PATH: process.env.PATH, RSYNC_PASSWORD: wanted.password },
        stdio: 'pipe',
      }),
    ).toThrow(/read only/)
    expect(execFileSync('rsync', [`rsync://127.0.0.1:${wanted.port}/`], { encoding: 'utf8' })).not.toContain('mirror')
    for (const name of ['rsyncd.secrets', 'rsyncd.conf'])
      expect(statSync(path.join(wanted.folder, name)).mode & 0o777).toBe(0o600)
    await daemon.stop()
    expect(() => pull(wanted, wanted.password)).toThrow()
  })

  it('lets hosts in by IPv6, and listens to both families on the address of all', async () => {
    const wanted = { ...(await options()), address: '::', hosts: ['[::1]'] }
    const daemon = await startDaemon(wanted)
    onTestFinished(daemon.stop)
    expect(readFileSync(path.join(pull(wanted, wanted.password, '[::1]'), 'private'), 'utf8')).toBe('contents')
    expect(() => pull(wanted, wanted.password, '127.0.0.1')).toThrow(/Unknown module/)
    await daemon.allowHosts(['localhost'])
    expect(readFileSync(path.join(pull(wanted, wanted.password, '127.0.0.1'), 'private'), 'utf8')).toBe('contents')
  })

  it('lets each host that may connect have its share of connections', async () => {
    const wanted = await options()
    const daemon = await startDaemon(wanted)
    onTestFinished(daemon.stop)
    const config = () => readFileSync(path.join(wanted.folder, 'rsyncd.conf'), 'utf8')
    expect(config()).toContain('max connections = 5\n')
    await daemon.allowHosts(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
    expect(config()).toContain('max connections = 6\n')
  })

  it('serves a folder that another user has put a symlink to', async () => {
    const wanted = await options()
    const link = path.join(path.dirname(wanted.modulePath), 'link')
    symlinkSync('mirror', link)
    if (process.getuid?.() === 0) lchownSync(link, 1234, 1234)
    const daemon = await startDaemon({ ...wanted, modulePath: link })
    onTestFinished(daemon.stop)
    expect(readFileSync(path.join(pull(wanted, wanted.password), 'private'), 'utf8')).toBe('contents')
  })

  it('starts again when it dies', async () => {
    const wanted = await options()
    const daemon = await startDaemon(wanted)
    onTestFinished(daemon.stop)
    const pid = () => Number.parseInt(readdirSync(path.join(path.dirname(wanted.folder), 'children'))[0] ?? '0', 10)
    const first = pid()
    process.kill(first, 'SIGKILL')
    await until('the death to be noticed', () => daemon.problem() !== null)
    await until('the daemon to be back', () => daemon.problem() === null)
    expect(pid()).not.toBe(first)
    pull(wanted, wanted.password)
  })

  it('says what to do when its port is taken', async () => {
    const wanted = await options()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(wanted.port, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    await expect(startDaemon(wanted)).rejects.toThrow(/in use; set MASTER_RSYNCD_PORT/)
  })
})
