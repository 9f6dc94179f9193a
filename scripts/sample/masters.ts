// Several sample masters on one database, and slaves that they share, each a real process with folders and ports of its own.

import path from 'node:path'
import { type Api, createApi } from './api.ts'
import { SAMPLE_LOGIN, startNode } from './fleet.ts'
import { findFreePorts } from './ports.ts'
import type { SampleProcess } from './process.ts'

export interface SampleMaster {
  node: string
  url: string
  api: Api
  dataFolder: string
  destRoot: string
  /** Null while it is off. */
  process: SampleProcess | null
  /** Starts it (again), with more in its environment. */
  start: (more?: Record<string, string>) => Promise<void>
}

export interface Masters {
  masters: readonly SampleMaster[]
  slaves: readonly { id: string; publicFolder: string; process: SampleProcess }[]
  storeUrl: string
  /** Everything that any node wrote so far. */
  output: () => string
  stop: () => Promise<void>
}

export interface MastersOptions {
  root: string
  /** Of the database. */
  storeUrl: string
  nodes: readonly string[]
  slaves: number
  /** One folder for all, as on a shared disk; else each master has its own. */
  sharedDisk: boolean
  settings?: Record<string, string>
}

/** Starts the masters one after the other and makes the slaves known. */
export async function startMasters(options: MastersOptions): Promise<Masters> {
  const { root, nodes } = options
  const ports = await findFreePorts(2 * nodes.length + options.slaves)
  const common = {
    PATH: process.env.PATH,
    STORE_URL: options.storeUrl,
    STORE_KEY: 'a store key of the sample masters',
    SLAVE_TOKEN: 'slave-token-of-the-sample-masters',
    MASTER_RSYNCD_PASSWORD: 'an rsyncd password of the sample masters',
    ROOT_PASS: SAMPLE_LOGIN.password,
    SLAVE_POLL_S: '1',
    ...options.settings,
  }
  const all: SampleProcess[] = []
  const masters = nodes.map((node, index): SampleMaster => {
    const [port, rsyncd] = [ports[2 * index] ?? 0, ports[2 * index + 1] ?? 0]
    const url = `http://127.0.0.1:${port}`
    const dataFolder = path.join(root, node)
    const destRoot = path.join(options.sharedDisk ? root : dataFolder, 'mirror')
    const master: SampleMaster = {
      node,
      url,
      api: createApi(url, SAMPLE_LOGIN.username, SAMPLE_LOGIN.password),
      dataFolder,
      destRoot,
      process: null,
      start: async (more = {}) => {
        master.process = await startNode('master', url, '/readyz', {
          ...common,
          MASTER_NODE: node,
          MASTER_PORT: String(port),
          MASTER_RSYNCD_PORT: String(rsyncd),
          DATA_DIR: dataFolder,
          DEST_ROOT: destRoot,
          ...more,
        })
        all.push(master.process)
      },
    }
    return master
  })
  const stop = async () => {
    await Promise.all(all.map((one) => one.stop()))
  }
  try {
    for (const master of masters) await master.start()
    const slaves = await Promise.all(
      ports.slice(2 * nodes.length).map(async (port, index) => {
        const folder = path.join(root, `slave-${index + 1}`)
        const publicFolder = path.join(folder, 'public')
        const slave = await startNode('slave', `http://127.0.0.1:${port}`, '/healthz', {
          ...common,
          // Any of the masters will do; the one that tells says where it is.
          MASTER_URL: masters[0]?.url,
          MASTER_RSYNCD_PORT: '1',
          SLAVE_PORT: String(port),
          SLAVE_PUBLIC_DIR: publicFolder,
          SLAVE_DATA_DIR: path.join(folder, 'data'),
        })
        all.push(slave)
        return { id: `localhost:${port}`, publicFolder, process: slave, port }
      }),
    )
    for (const { port } of slaves) await masters[0]?.api.ask('/add_slave/', { hostname: 'localhost', port })
    return { masters, slaves, storeUrl: options.storeUrl, output: () => all.map((one) => one.output()).join(''), stop }
  } catch (error) {
    await stop()
    throw new Error(`The sample masters do not start:\n${all.map((one) => one.output()).join('')}`, { cause: error })
  }
}
