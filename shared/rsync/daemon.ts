// Writes the configuration of an rsyncd and keeps it running as a child in the foreground; it is restarted when it ends.

import { stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { repeat } from '../flow/repeat.ts'
import type { ChildRegistry } from '../process/child-registry.ts'
import { decodeLine, runCommand } from '../process/run.ts'
import { makePrivateFolder } from '../store/durable-file.ts'
import { writeWhole } from '../store/write-whole.ts'
import { CONTROL_FOLDER, FOLDERS, LOCAL_FILES, realFolder } from '../trees/paths.ts'
import { createAllowedHosts } from './allowed-hosts.ts'
import { askGreeting } from './greeting.ts'

/** One read-only module behind a password. `folder` (0700) gets the configuration and the secrets (0600). */
export interface DaemonOptions {
  bin: string
  folder: string
  /** `::` listens to IPv4 as well. */
  address: string
  port: number
  /** The setting that names the port, for a message. */
  portSetting: string
  module: string
  modulePath: string
  user: string
  password: string
  /** Who may connect at the start. */
  hosts: readonly string[]
  /** Clients at once, at the least and for each host that may connect; more are told to try again later. */
  connections: { atLeast: number; perHost: number }
  /** Seconds without data until a client is cut off. */
  timeoutS: number
  children: ChildRegistry
  onEvent: (message: string, details: Record<string, unknown>) => void
}

/** A supervised rsyncd. `problem()` is null while it runs, else why it does not. */
export interface Daemon {
  problem: () => string | null
  /** Names the hosts that may connect; nobody else may. rsyncd reads its configuration anew for each connection. */
  allowHosts: (hosts: readonly string[]) => Promise<void>
  stop: () => Promise<void>
}

const READY_MS = 10_000
const GREETING_MS = 1_000
const FIRST_RESTART_MS = 200
const LONGEST_RESTART_MS = 30_000
/** Names are looked up this often, and waited for this long. */
const LOOK_UP_MS = 60_000
const PATIENCE_MS = 2_000

/**
 * Starts the daemon and resolves when it accepts connections. From then on it is restarted whenever it ends, with
 * longer pauses the faster it fails.
 *
 * @throws {Error} when it ends before it is ready, with what to do.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const hosts = createAllowedHosts()
  let allowed = options.hosts
  let writing: Promise<string | null> = Promise.resolve(null)
  // One after the other, each with what is known by then.
  const write = (): Promise<string> => {
    const next = writing.catch(() => null).then(() => writeConfiguration(options, allowed, hosts.list(allowed)))
    writing = next
    return next
  }
  const learn = async (): Promise<void> => {
    const before = hosts.list(allowed).join(' ')
    await hosts.learn(allowed)
    if (hosts.list(allowed).join(' ') !== before) await write()
  }
  await Promise.race([hosts.learn(allowed), sleep(PATIENCE_MS, undefined, { ref: false })])
  const config = await write()
  const stopping = new AbortController()
  let problem: string | null = null

  const runOnce = async (): Promise<string> => {
    const complaints: string[] = []
    const { exitCode, startError } = await runCommand({
      bin: options.bin,
      argv: daemonArgv(options, config),
      home: options.folder,
      signal: stopping.signal,
      graceMs: 5_000,
      children: options.children,
      onStderr: (line) => complaints.push(decodeLine(line)),
    })
    if (startError !== null) return `${options.bin} cannot be started: ${startError}`
    if (exitCode === 10)
      return `its port ${options.address}:${options.port} is in use; set ${options.portSetting} to a free one`
    return `it ended with exit code ${exitCode}${complaints.length > 0 ? `: ${complaints.at(-1)}` : ''}`
  }

  const first = runOnce()
  if (!(await isReady(options, first))) {
    stopping.abort()
    throw new Error(`rsyncd did not start: ${await first}`)
  }
  let running: Promise<string> | null = first
  let pause = FIRST_RESTART_MS
  const supervise = async (): Promise<void> => {
    const started = performance.now()
    const child = running ?? runOnce()
    running = null
    if (problem !== null && (await isReady(options, child))) problem = null
    const reason = await child
    if (stopping.signal.aborted) return
    problem = reason
    pause =
      performance.now() - started > LONGEST_RESTART_MS ? FIRST_RESTART_MS : Math.min(pause * 2, LONGEST_RESTART_MS)
    options.onEvent('rsyncd ended; it will be restarted', { reason, pause_ms: pause })
  }
  const onError = (error: unknown): void => {
    problem = String(error)
    options.onEvent('rsyncd could not be restarted', { reason: problem })
  }
  const supervision = repeat({ work: supervise, every: () => pause, onError })
  const lookingUp = repeat({ work: learn, every: LOOK_UP_MS, onError, first: 'later', ref: false })
  return {
    problem: () => problem,
    allowHosts: async (names) => {
      const fresh = names.filter((name) => !allowed.includes(name))
      allowed = names
      await Promise.race([hosts.learn(fresh), sleep(PATIENCE_MS, undefined, { ref: false })])
      await write()
    },
    stop: async () => {
      stopping.abort()
      await lookingUp.stop()
      await supervision.stop()
    },
  }
}

function daemonArgv(options: DaemonOptions, config: string): string[] {
  return [
    '--daemon',
    '--no-detach',
    `--config=${config}`,
    `--port=${options.port}`,
    // rsync itself takes `::` for IPv6 alone.
    ...(options.address === '::' ? [] : [`--address=${options.address}`]),
    `--log-file=${path.join(options.folder, 'rsyncd.log')}`,
  ]
}

/** rsyncd.conf(5). Without root it cannot change its root or its user; as root it serves as the owner of the tree. */
async function writeConfiguration(
  options: DaemonOptions,
  hosts: readonly string[],
  allowed: readonly string[],
): Promise<string> {
  await makePrivateFolder(options.folder)
  const secrets = path.join(options.folder, 'rsyncd.secrets')
  await writeWhole(secrets, `${options.user}:${options.password}\n`)
  const { atLeast, perHost } = options.connections
  // rsync (3.5.0) follows no symlink of a user other than root and its own.
  const modulePath = await realFolder(options.modulePath)
  const owner = await stat(modulePath)
  const isRoot = process.getuid?.() === 0
  const lines = [
    '# Written by Mirrorfleet at every start; changes are lost.',
    `use chroot = ${isRoot ? 'yes' : 'no'}`,
    'reverse lookup = no',
    // Munged links go out as they were; without a chroot that is rsync's own default (rsyncd.conf(5)).
    'munge symlinks = yes',
    // rsync writes many short messages and waits for answers: held back, each would wait for the client's delayed ACK.
    'socket options = TCP_NODELAY',
    `max connections = ${Math.max(atLeast, perHost * hosts.length)}`,
    `lock file = ${path.join(options.folder, 'rsyncd.lock')}`,
    `timeout = ${options.timeoutS}`,
    '',
    `[${options.module}]`,
    `path = ${modulePath}`,
    'read only = yes',
    'list = no',
    ...(isRoot ? [`uid = ${owner.uid}`, `gid = ${owner.gid}`] : []),
    `auth users = ${options.user}`,
    `secrets file = ${secrets}`,
    ...(allowed.length > 0 ? [`hosts allow = ${allowed.join(' ')}`] : []),
    'hosts deny = *',
    // What is not published is nobody's to read: what a source has brought, and what people have put into folders.
    `exclude = .~tmp~/ .rsync-partial/ /${FOLDERS}/ /${LOCAL_FILES}/ ${CONTROL_FOLDER}/*/source/`,
  ]
  const config = path.join(options.folder, 'rsyncd.conf')
  await writeWhole(config, `${lines.join('\n')}\n`)
  return config
}

/** True when the port answers while our child lives; false when the child ended or time is up. */
async function isReady(options: DaemonOptions, child: Promise<string>): Promise<boolean> {
  const ended = child.then(() => true)
  const giveUp = performance.now() + READY_MS
  while (performance.now() < giveUp) {
    if (await Promise.race([ended, sleep(20).then(() => false)])) return false
    if ((await askGreeting(options.address, options.port, GREETING_MS)) === null) {
      // Another daemon on our port would answer too, but then ours is about to end.
      return !(await Promise.race([ended, sleep(50).then(() => false)]))
    }
  }
  return false
}
