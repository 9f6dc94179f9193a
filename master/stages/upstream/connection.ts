// How the master connects to a project's upstream. What ssh reads from files is there for as long as the connection.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Settings } from '../../../settings.ts'
import { buildConnection, type Connect } from '../../../shared/rsync/connection.ts'
import { addressFamily } from '../../../shared/rsync/options.ts'
import { buildSshConnection, SSH_ALIAS, SSH_HOSTS_FILE, SSH_KEY_FILE } from '../../../shared/rsync/ssh-connection.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { makePrivateFolder } from '../../../shared/store/durable-file.ts'

export interface ConnectDeps {
  settings: Pick<Settings, 'TLS_CA' | 'DATA_DIR' | 'RSYNC_IO_TIMEOUT_S'>
  box: { open: (sealed: string) => string }
}

/** Where keys lie while they are used. A master that was killed leaves some behind: it clears the folder when it starts. */
export const keysFolder = ({ DATA_DIR }: Pick<Settings, 'DATA_DIR'>): string => path.join(DATA_DIR, 'ssh-keys')

/** `project` is as this upstream has it. A certificate may be signed by the fleet's own CA too. */
export function connectTo(deps: ConnectDeps, project: StoredProject): Connect {
  const family = addressFamily(project.rsync_options)
  if (project.transport === 'ssh') return (use) => withKey(deps, project, (folder) => use(overSsh(folder)))
  return (use) => use(buildConnection(project, { family, ca: deps.settings.TLS_CA ?? null }))

  function overSsh(folder: string) {
    const { rsync_user, rsync_port: port, address = null } = project
    const patienceS = deps.settings.RSYNC_IO_TIMEOUT_S
    return buildSshConnection({ port, address, family }, { user: rsync_user ?? '', folder, patienceS })
  }
}

async function withKey<T>(
  { settings, box }: ConnectDeps,
  { ssh_key = null, ssh_known_host = null }: StoredProject,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  if (ssh_key === null || ssh_known_host === null) throw new Error('The project has no ssh_key or no ssh_known_host')
  await makePrivateFolder(keysFolder(settings))
  const folder = await mkdtemp(path.join(keysFolder(settings), 'key-'))
  try {
    await writeFile(path.join(folder, SSH_KEY_FILE), box.open(ssh_key), { mode: 0o600, flag: 'wx' })
    await writeFile(path.join(folder, SSH_HOSTS_FILE), `${SSH_ALIAS} ${ssh_known_host}\n`, { mode: 0o600, flag: 'wx' })
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
