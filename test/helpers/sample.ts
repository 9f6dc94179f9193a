// A sample upstream with a sample fleet for the tests of one file, and the payload that joins them.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { type Fleet, type FleetOptions, SAMPLE_LOGIN, startFleet } from '../../scripts/sample/fleet.ts'
import { type SamplePostgres, startPostgres } from '../../scripts/sample/postgres.ts'
import { makeSampleTree } from '../../scripts/sample/trees.ts'
import { startUpstream, type Upstream } from '../../scripts/sample/upstream.ts'
import type { Direction } from '../../shared/http/slave-log-in.ts'
import { temporaryFolder } from './folder.ts'
import { removeOpened } from './open-modes.ts'
import { logInOf } from './slave-log-in.ts'

export interface Sample {
  upstream: Upstream
  fleet: Fleet
  /** The payload of add_project for the upstream. */
  payload: (project: string, more?: object) => object
  /** What all nodes of the fleet know and nobody else does. */
  secret: (name: SharedSecret) => string
  /** The headers of a request to a slave or from it. */
  logInOf: (slaveId: string, direction: Direction) => Record<string, string>
}

type SharedSecret = 'SLAVE_TOKEN' | 'MASTER_RSYNCD_PASSWORD'

export const UPSTREAM_LOGIN = { user: 'mirror-user', password: 'upstream-secret-of-the-tests' }

/** What masters on one database must be told, as they cannot make it up. */
const SHARED_SECRETS = {
  STORE_KEY: 'store-key-of-the-tests-on-postgres',
  SLAVE_TOKEN: 'slave-token-of-the-tests-on-postgres',
  MASTER_RSYNCD_PASSWORD: 'rsyncd-password-of-the-tests-on-postgres',
}

/** Where a master that stands alone keeps what it made up. */
const FILES: Readonly<Record<SharedSecret, string>> = {
  SLAVE_TOKEN: 'slave-token',
  MASTER_RSYNCD_PASSWORD: 'rsyncd-password',
}

/**
 * Starts both before the file's tests and stops them after; the object is filled by then. With TEST_STORE=postgres in
 * the environment the master's store is a PostgreSQL of the tests' own.
 */
export function useSample(options: Omit<FleetOptions, 'root'>): Sample {
  const sample = {} as Sample
  let root = ''
  let postgres: SamplePostgres | null = null
  beforeAll(async () => {
    root = temporaryFolder(true)
    sample.upstream = await startUpstream({ root: path.join(root, 'upstream'), ...UPSTREAM_LOGIN })
    await makeSampleTree(sample.upstream.folder)
    postgres = process.env.TEST_STORE === 'postgres' ? await startPostgres() : null
    const store = postgres === null ? {} : { STORE_URL: postgres.createDatabase('sample'), ...SHARED_SECRETS }
    sample.fleet = await startFleet({ root, ...options, settings: { ...store, ...options.settings } })
    sample.secret = (name) =>
      postgres === null ? readFileSync(secretFile(sample.fleet, FILES[name]), 'utf8') : SHARED_SECRETS[name]
    sample.logInOf = (slaveId, direction) => logInOf(sample.secret('SLAVE_TOKEN'), slaveId, direction)
    sample.payload = (project, more = {}) => ({
      project,
      rsync_host: '127.0.0.1',
      rsync_port: sample.upstream.port,
      rsync_module: sample.upstream.module,
      rsync_user: UPSTREAM_LOGIN.user,
      rsync_password: UPSTREAM_LOGIN.password,
      dest: sample.fleet.destRoot,
      ...more,
    })
  })
  afterAll(async () => {
    await sample.fleet?.stop()
    await sample.upstream?.stop()
    await postgres?.end()
    const leaked = sample.fleet === undefined ? [] : findLeaks(sample.fleet)
    removeOpened(root)
    expect(leaked).toEqual([])
  })
  return sample
}

const secretFile = (fleet: Fleet, name: string) => path.join(fleet.dataFolder, 'secrets', name)

/** The names of the secrets that stand in what any node wrote, or in the log of any run. */
function findLeaks(fleet: Fleet): string[] {
  const kept = [...Object.values(FILES), 'store-key']
    .filter((name) => existsSync(secretFile(fleet, name)))
    .map((name): [string, string] => [name, readFileSync(secretFile(fleet, name), 'utf8')])
  const logFolder = path.join(fleet.dataFolder, 'logs')
  const logs = existsSync(logFolder) ? readdirSync(logFolder, { recursive: true, withFileTypes: true }) : []
  const texts = logs
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
  const written = fleet.output() + texts.join('')
  const secrets: [string, string][] = [
    ['upstream password', UPSTREAM_LOGIN.password],
    ['root password', SAMPLE_LOGIN.password],
    ...Object.entries(SHARED_SECRETS),
    ...kept,
  ]
  return secrets.filter(([, secret]) => written.includes(secret)).map(([name]) => name)
}
