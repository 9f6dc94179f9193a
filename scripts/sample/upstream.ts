// A sample upstream: a real rsync daemon that serves one folder.

import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { findFreePorts } from './ports.ts'
import { startProcess } from './process.ts'
import { until } from './until.ts'

/** `folder` is what the module serves. */
export interface Upstream {
  port: number
  module: string
  folder: string
  stop: () => Promise<void>
}

export interface UpstreamOptions {
  /** Below it the folder and the daemon's files are made. */
  root: string
  port?: number
  /** The folder that is served; one below `root` unless given. */
  folder?: string
  /** The name of the module; `pub` unless given. */
  module?: string
  user?: string
  password?: string
  /** More lines for the module, such as `max connections = 1`. */
  extra?: readonly string[]
}

const DEFAULT_MODULE = 'pub'

/** Starts the daemon and resolves when it answers. */
export async function startUpstream(options: UpstreamOptions): Promise<Upstream> {
  const { module = DEFAULT_MODULE, folder = path.join(options.root, 'tree') } = options
  await mkdir(options.root, { recursive: true })
  await mkdir(folder, { recursive: true })
  const port = options.port ?? (await findFreePorts(1))[0] ?? 0
  const config = path.join(options.root, 'rsyncd.conf')
  await writeFile(config, (await configuration(options, module, folder)).join('\n'))
  const daemon = startProcess(
    'rsync',
    [
      '--daemon',
      '--no-detach',
      `--config=${config}`,
      `--port=${port}`,
      '--address=127.0.0.1',
      `--log-file=${path.join(options.root, 'log')}`,
    ],
    { PATH: process.env.PATH },
  )
  await until('the upstream', () => {
    if (daemon.hasEnded()) throw new Error(`The sample upstream ended: ${daemon.output()}`)
    return answers(port)
  })
  return {
    port,
    module,
    folder,
    stop: async () => {
      await daemon.stop()
    },
  }
}

async function configuration(options: UpstreamOptions, module: string, folder: string): Promise<string[]> {
  const lines = [
    'use chroot = no',
    'socket options = TCP_NODELAY',
    `lock file = ${path.join(options.root, 'lock')}`,
    `[${module}]`,
    `path = ${folder}`,
    'read only = yes',
  ]
  if (process.getuid?.() === 0) lines.push('uid = 0', 'gid = 0')
  if (options.user !== undefined) {
    const secrets = path.join(options.root, 'secrets')
    await writeFile(secrets, `${options.user}:${options.password}\n`, { mode: 0o600 })
    lines.push(`auth users = ${options.user}`, `secrets file = ${secrets}`)
  }
  return [...lines, ...(options.extra ?? []), '']
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
