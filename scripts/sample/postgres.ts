// A private PostgreSQL of the system's packages: in a folder and on a port of its own, never as root, gone when stopped.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findFreePorts } from './ports.ts'
import { until } from './until.ts'

const PACKAGED = '/usr/lib/postgresql'
const USER = 'mirrorfleet'
/** A crash of the server, which tests make, loses nothing without fsync; only one of the machine would. */
const SETTINGS = { max_connections: '200', fsync: 'off' }

export interface SamplePostgres {
  port: number
  /** It listens here too; only its owner and root may connect. */
  socket: string
  /** The address of an empty database, made now. */
  createDatabase: (name: string) => string
  /** Puts a copy of a database in the place of another, as from a dump. Nobody may use either. */
  copyDatabase: (from: string, to: string) => void
  /** Starts it again, and waits until it answers. */
  start: () => Promise<void>
  /** `immediate` is a crash; `fast` ends its sessions first. */
  stop: (how?: 'fast' | 'immediate') => Promise<void>
  /** Stops it for good: its folder goes. */
  end: () => Promise<void>
}

/** Starts a server. @throws {Error} that says what to install when PostgreSQL is not there. */
export async function startPostgres(settings: Record<string, string> = {}): Promise<SamplePostgres> {
  const bin = findBinaries()
  const data = mkdtempSync(path.join(tmpdir(), 'mirrorfleet-postgres-'))
  const owner = nobodyWhenRoot()
  if (owner !== null) chownSync(data, owner.uid, owner.gid)
  const as = { ...(owner ?? {}), cwd: data, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  const initdb = ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync', '--no-instructions']
  execFileSync(path.join(bin, 'initdb'), initdb, { ...as, stdio: ['ignore', 'ignore', 'pipe'] })
  const [port = 0] = await findFreePorts(1)
  const url = (database: string) => `postgres://${USER}@127.0.0.1:${port}/${database}`
  let server: ChildProcess | null = null

  const psql = (sql: string) =>
    execFileSync(path.join(bin, 'psql'), ['-X', '-q', '-c', sql, url('postgres')], { ...as, stdio: 'pipe' })

  const start = async (): Promise<void> => {
    const more = Object.entries({ ...SETTINGS, unix_socket_directories: data, ...settings })
    const argv = ['-D', data, '-p', String(port), '-h', '127.0.0.1', ...more.flatMap(([k, v]) => ['-c', `${k}=${v}`])]
    await until('PostgreSQL', () => {
      // It refuses to start, and ends, for as long as a process of a crashed one still holds the shared memory.
      if (server === null || server.exitCode !== null)
        server = spawn(path.join(bin, 'postgres'), argv, { ...as, stdio: 'ignore' })
      try {
        psql('SELECT 1')
        return true
      } catch {
        return false
      }
    })
  }
  const stop: SamplePostgres['stop'] = async (how = 'fast') => {
    if (server === null || server.exitCode !== null) return
    const ended = once(server, 'exit')
    // postgres(1): SIGINT is fast, SIGQUIT immediate.
    server.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await ended
    server = null
  }
  await start()
  return {
    port,
    socket: path.join(data, `.s.PGSQL.${port}`),
    createDatabase: (name) => {
      psql(`CREATE DATABASE ${name}`)
      return url(name)
    },
    copyDatabase: (from, to) => {
      psql(`DROP DATABASE IF EXISTS ${to}`)
      psql(`CREATE DATABASE ${to} TEMPLATE ${from}`)
    },
    start,
    stop,
    end: async () => {
      await stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

function findBinaries(): string {
  const folders = existsSync(PACKAGED)
    ? readdirSync(PACKAGED).map((version) => path.join(PACKAGED, version, 'bin'))
    : []
  const found = [...folders.sort().reverse(), ...(process.env.PATH ?? '').split(':')].find((folder) =>
    existsSync(path.join(folder, 'initdb')),
  )
  if (found !== undefined) return found
  throw new Error("PostgreSQL's server is missing; install it with your system's package manager (postgresql).")
}

/** PostgreSQL refuses to run as root (initdb(1)). */
function nobodyWhenRoot(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const ask = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: ask('-u'), gid: ask('-g') }
}
