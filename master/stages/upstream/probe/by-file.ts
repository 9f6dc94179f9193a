// A probe that reads one small file by rsync: a second connection to the daemon, and no walk.

import { createHash } from 'node:crypto'
import { lstat, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { askForFile, type FileEnd, fetchFile } from '../../../../shared/rsync/fetch-file.ts'
import type { RsyncTools } from '../../../../shared/rsync/pull.ts'
import type { ProbeValue } from '../../../../shared/schemas/probe.ts'
import { isCode, makePrivateFolder } from '../../../../shared/store/durable-file.ts'
import { ProbeFailed, type ReadProbe } from './reading.ts'

export interface FileProbe {
  tools: RsyncTools
  end: FileEnd
  /** Below the module. */
  file: string
  /** Where the file is put for a moment; whatever lies there is removed. Absolute. */
  folder: string
  maxBytes: number
}

/** The value is the file's size and time, and the sum of its content unless it is too large to be fetched. */
export function createFileProbe(probe: FileProbe): ReadProbe {
  return async (known) => {
    await rm(probe.folder, { recursive: true, force: true })
    await makePrivateFolder(probe.folder)
    try {
      const value = await read(probe)
      return { value, isSame: isDeepStrictEqual(value, known) }
    } finally {
      await rm(probe.folder, { recursive: true, force: true })
    }
  }
}

async function read({ tools, end, file, folder, maxBytes }: FileProbe): Promise<ProbeValue> {
  const fetch = { file, folder, maxBytes }
  const problem = await fetchFile(tools, end, fetch)
  if (problem !== null) throw new ProbeFailed(problem)
  const fetched = path.join(folder, path.posix.basename(file))
  const found = await lstat(fetched, { bigint: true }).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return null
    throw error
  })
  if (found !== null) {
    // An upstream may send something else than it said.
    if (!found.isFile() || found.size > maxBytes)
      throw new ProbeFailed(`${file} is no file, or larger than the upstream said`)
    const sha256 = createHash('sha256')
      .update(await readFile(fetched))
      .digest('hex')
    return { file, size: String(found.size), time: String(found.mtimeNs), sha256 }
  }
  const asked = await askForFile(tools, end, fetch)
  if (typeof asked === 'string') throw new ProbeFailed(asked)
  return { file, ...asked }
}
