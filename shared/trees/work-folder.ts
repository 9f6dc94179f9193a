// The folder beside a tree in which rsync keeps what is not whole yet.

import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'

/** Makes the folders that rsync works in, empty but for the parts that are gone on with. */
export async function makeWorkFolder(folder: string): Promise<void> {
  await rm(path.join(folder, 'temporary'), { recursive: true, force: true })
  for (const name of ['temporary', 'partial']) await mkdir(path.join(folder, name), { recursive: true, mode: 0o700 })
}
