// Keeps the folders of projects apart where several masters give them out: each knows of the others' a moment later only.

import path from 'node:path'
import type { PoolClient } from 'pg'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { overlaps } from '../../../shared/trees/paths.ts'
import { folderTaken } from '../taken.ts'

/** Any number, the same on every master. */
const LOCK = 7_106_872
const ANY = 'any'

type Placed = Pick<StoredProject, 'key' | 'node' | 'dest' | 'project'>

/**
 * Call it after the project is written: whoever waits for this lock holds all others that it needs. It is held until the
 * transaction ends.
 *
 * @throws {FolderTaken} when the folder overlaps that of another project on the same disk.
 */
export async function assertFolderApart(client: PoolClient, project: Placed): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
  const { rows } = await client.query<{ data: Placed }>('SELECT data FROM project WHERE key <> $1', [project.key])
  const folder = folderOf(project)
  const other = rows.find(({ data }) => sharesDisk(data, project) && overlaps(folderOf(data), folder))
  if (other === undefined) return
  throw folderTaken(folder, folderOf(other.data))
}

/** True for a change after which the folder may overlap that of another project. */
export function isPlacedAnew(before: Placed, wanted: Placed): boolean {
  return before.node !== wanted.node || folderOf(before) !== folderOf(wanted)
}

function folderOf({ dest, project }: Placed): string {
  return path.join(dest, project)
}

function sharesDisk(one: Placed, other: Placed): boolean {
  return one.node === other.node || one.node === ANY || other.node === ANY
}
