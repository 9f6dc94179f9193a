// A real sshd on loopback, as the user of the tests, that lets one key start one rsync daemon.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { startProcess } from '../../scripts/sample/process.ts'
import { until } from '../../scripts/sample/until.ts'
import { temporaryFolder } from './folder.ts'

const PROGRAM = '/usr/sbin/sshd'

export function makeKey(folder: string, name: string): { key: string; known: string } {
  const file = path.join(folder, name)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file])
  return { key: readFileSync(file, 'utf8'), known: readFileSync(`${file}.pub`, 'utf8').trim() }
}

/** It serves `tree` as the module `pub`. `fields` are those of a project of it; it ends with the test. */
export async function startSshd(tree: string) {
  const folder = temporaryFolder()
  const at = (name: string) => path.join(folder, name)
  const [host, own] = [makeKey(folder, 'host'), makeKey(folder, 'own')]
  const [port = 0] = await findFreePorts(1)
  const who = process.getuid?.() === 0 ? ['uid = 0', 'gid = 0'] : []
  writeFileSync(at('rsyncd.conf'), ['use chroot = no', '[pub]', `path = ${tree}`, ...who, ''].join('\n'))
  const command = `command="rsync --server --daemon --config=${at('rsyncd.conf')} .",restrict`
  writeFileSync(at('authorized'), `${command} ${own.known}\n`)
  const lines = [
    ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${at('host')}`, `AuthorizedKeysFile ${at('authorized')}`],
    ...['StrictModes no', 'UsePAM no', 'PidFile none', 'PasswordAuthentication no'],
  ]
  writeFileSync(at('sshd_config'), `${lines.join('\n')}\n`)
  // Its folder for children without rights is made by the package's service alone.
  if (process.getuid?.() === 0) execFileSync('mkdir', ['-p', '/run/sshd'])
  const daemon = startProcess(PROGRAM, ['-D', '-e', '-f', at('sshd_config')], { PATH: process.env.PATH })
  onTestFinished(async () => {
    await daemon.stop()
  })
  await until('sshd', () => {
    if (daemon.hasEnded()) throw new Error(`sshd ended: ${daemon.output()}`)
    return answers(port)
  })
  const fields = {
    transport: 'ssh' as const,
    rsync_host: '127.0.0.1',
    rsync_port: port,
    rsync_module: 'pub',
    rsync_user: userInfo().username,
    rsync_password: null,
    ssh_key: own.key,
    ssh_known_host: host.known,
  }
  return { fields, folder, output: daemon.output }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const done = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('error', () => done(false))
    socket.once('data', () => done(true))
  })
}
