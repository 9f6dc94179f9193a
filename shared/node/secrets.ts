// The secrets of the nodes: from the settings, or made once and kept in the master's data folder.

import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Settings } from '../../settings.ts'
import { isCode, makePrivateFolder } from '../store/durable-file.ts'

/** The two secrets that master and slaves share. */
export interface FleetSecrets {
  /** Bearer token of both directions of the HTTP API. */
  slaveToken: string
  /** Password of the one rsyncd user. */
  rsyncdPassword: string
}

/**
 * The secrets of the settings, or, where a fleet on loopback leaves them out, those in DATA_DIR/secrets (0600),
 * which the first node to start makes. Both nodes read the same files, so DATA_DIR must be the same for both.
 */
export async function readFleetSecrets(settings: Settings): Promise<FleetSecrets> {
  const folder = path.join(settings.DATA_DIR, 'secrets')
  if (settings.SLAVE_TOKEN === undefined || settings.MASTER_RSYNCD_PASSWORD === undefined) {
    await makePrivateFolder(folder)
  }
  return {
    slaveToken: settings.SLAVE_TOKEN ?? readOrMake(path.join(folder, 'slave-token')),
    rsyncdPassword: settings.MASTER_RSYNCD_PASSWORD ?? readOrMake(path.join(folder, 'rsyncd-password')),
  }
}

/** The key of the master's store: STORE_KEY, or DATA_DIR/secrets/store-key (0600), made at the first start. */
export async function readStoreKey(settings: Settings): Promise<string> {
  const folder = path.join(settings.DATA_DIR, 'secrets')
  await makePrivateFolder(folder)
  return settings.STORE_KEY ?? readOrMake(path.join(folder, 'store-key'))
}

function readOrMake(file: string): string {
  const mine = `${file}.${process.pid}`
  writeFileSync(mine, randomBytes(32).toString('base64url'), { mode: 0o600 })
  try {
    // link(2) fails when the name exists: of two nodes that start at once, one makes the secret, the other reads it.
    linkSync(mine, file)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    rmSync(mine, { force: true })
  }
  return readFileSync(file, 'utf8').trim()
}
