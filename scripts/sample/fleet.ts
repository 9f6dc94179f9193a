// A sample fleet: a master and its slaves as real processes, each with folders and ports of its own.

import { chown, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { type Api, createApi } from './api.ts'
import { findFreePorts } from './ports.ts'
import { type SampleProcess, startProcess } from './process.ts'
import { programArguments } from './program.ts'
import { until } from './until.ts'

export interface SampleSlave {
  id: string
  port: number
  /** Of its own rsyncd; 0 when it has none. */
  rsyncdPort: number
  publicFolder: string
  dataFolder: string
  /** Its process; null while it is off. */
  process: SampleProcess | null
}

export interface Fleet {
  api: Api
  root: string
  destRoot: string
  dataFolder: string
  ports: { master: number; rsyncd: number }
  master: SampleProcess
  slaves: readonly SampleSlave[]
  /** Starts the master (again), with more in its environment, and waits until it is ready. */
  startMaster: (more?: Record<string, string>) => Promise<void>
  startSlave: (slave: SampleSlave, more?: Record<string, string>) => Promise<void>
  /** Everything that any node wrote so far. */
  output: () => string
  /** Stops all that runs; returns the exit codes by name. */
  stop: () => Promise<Record<string, number | null>>
}

export interface FleetOptions {
  /** Below it every node has its folders. */
  root: string
  slaves: number
  /** Where the slaves' APIs listen; free ports unless given. */
  slavePorts?: readonly number[]
  /** Whether each slave has an rsyncd for other slaves. */
  slaveRsyncd?: boolean
  /** More settings, for every node. */
  settings?: Record<string, string>
  /** The user and group whose nodes they are, by number; ours unless given. `root` is theirs then. */
  user?: number
}

/** What the fleet's root user logs in with. */
export const SAMPLE_LOGIN = { username: 'root', password: 'sample-root-password' }

/** Starts a fleet and makes its slaves known to the master. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const [masterPort = 0, rsyncdPort = 0, ...others] = await findFreePorts(2 + 2 * options.slaves)
  const slavePorts = options.slavePorts ?? others.slice(0, options.slaves)
  const dataFolder = path.join(options.root, 'master')
  const common = {
    PATH: process.env.PATH,
    DATA_DIR: dataFolder,
    MASTER_PORT: String(masterPort),
    MASTER_RSYNCD_PORT: String(rsyncdPort),
    ROOT_PASS: SAMPLE_LOGIN.password,
    ...options.settings,
  }
  const destRoot = options.settings?.DEST_ROOT ?? path.join(dataFolder, 'mirror')
  const url = `http://127.0.0.1:${masterPort}`
  const earlier: SampleProcess[] = []
  const slaves: SampleSlave[] = slavePorts.map((port, index) => ({
    id: `localhost:${port}`,
    port,
    rsyncdPort: options.slaveRsyncd ? (others[options.slaves + index] ?? 0) : 0,
    publicFolder: path.join(options.root, `slave-${index + 1}`, 'public'),
    dataFolder: path.join(options.root, `slave-${index + 1}`, 'data'),
    process: null,
  }))

  const startMaster = async (more: Record<string, string> = {}) => {
    if (fleet.master !== undefined) earlier.push(fleet.master)
    fleet.master = await startNode('master', url, '/readyz', { ...common, ...more }, options.user)
  }
  const startSlave = async (slave: SampleSlave, more: Record<string, string> = {}) => {
    if (slave.process !== null) earlier.push(slave.process)
    const own = {
      SLAVE_PORT: String(slave.port),
      SLAVE_RSYNCD_PORT: String(slave.rsyncdPort),
      SLAVE_PUBLIC_DIR: slave.publicFolder,
      SLAVE_DATA_DIR: slave.dataFolder,
    }
    const url = `http://127.0.0.1:${slave.port}`
    slave.process = await startNode('slave', url, '/healthz', { ...common, ...own, ...more }, options.user)
  }

  const fleet: Omit<Fleet, 'master'> & { master: SampleProcess | undefined } = {
    api: createApi(url, SAMPLE_LOGIN.username, SAMPLE_LOGIN.password),
    root: options.root,
    destRoot,
    dataFolder,
    ports: { master: masterPort, rsyncd: rsyncdPort },
    master: undefined,
    slaves,
    startMaster,
    startSlave,
    output: () =>
      [...earlier, fleet.master, ...slaves.map((slave) => slave.process)].map((one) => one?.output() ?? '').join(''),
    stop: async () => {
      const codes: Record<string, number | null> = {}
      await Promise.all(
        slaves.map(async (slave) => {
          codes[slave.id] = (await slave.process?.stop()) ?? null
        }),
      )
      codes.master = (await fleet.master?.stop()) ?? null
      return codes
    },
  }
  await mkdir(options.root, { recursive: true })
  if (options.user !== undefined) await chown(options.root, options.user, options.user)
  try {
    // All must have settled before anything is stopped: one that is still starting would be left behind.
    const starts = await Promise.allSettled([startMaster(), ...slaves.map((slave) => startSlave(slave))])
    for (const start of starts) if (start.status === 'rejected') throw start.reason
    for (const slave of slaves) await fleet.api.ask('/add_slave/', { hostname: 'localhost', port: String(slave.port) })
  } catch (error) {
    await fleet.stop()
    throw error
  }
  return fleet as Fleet
}

/** Starts a node, as another user where one is given (setpriv(1), by root), and waits until it answers at `route`. */
export async function startNode(
  name: 'master' | 'slave',
  url: string,
  route: string,
  env: NodeJS.ProcessEnv,
  user?: number,
): Promise<SampleProcess> {
  const asUser = user === undefined ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups']
  const [command, ...args] = [...asUser, process.execPath, ...programArguments(name)] as [string, ...string[]]
  const node = startProcess(command, args, env)
  await until(`the ${name}`, async () => {
    if (node.hasEnded()) throw new Error(`The ${name} ended:\n${node.output()}`)
    const response = await fetch(url + route).catch(() => null)
    await response?.body?.cancel()
    return response?.ok
  })
  return node
}
