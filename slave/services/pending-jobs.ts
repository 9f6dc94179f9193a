// The jobs that were taken and have not been reported yet, one file each, so that they survive a kill.

import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { Compile } from 'typebox/compile'
import { SyncFromMaster } from '../../shared/schemas/messages.ts'
import { writeWhole } from '../../shared/store/write-whole.ts'
import { jobIdOf } from './job-id.ts'

export type PendingJobs = ReturnType<typeof openPendingJobs>

/** Keeps jobs in `folder`, which is made (0700) when it is missing. */
export function openPendingJobs(folder: string) {
  const validator = Compile(SyncFromMaster)
  const fileOf = (name: string) => path.join(folder, `${name}.json`)
  return {
    save: async (message: SyncFromMaster): Promise<void> => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeWhole(fileOf(jobIdOf(message)), JSON.stringify(message))
    },
    forget: async (message: SyncFromMaster): Promise<void> => {
      // Earlier versions named the file by the run alone.
      for (const name of [jobIdOf(message), message.run]) await rm(fileOf(name), { force: true })
    },
    /** Those of an earlier process; a file that is no job of this version is dropped. */
    list: async (): Promise<SyncFromMaster[]> => {
      const names = await readdir(folder).catch((): string[] => [])
      const texts = names
        .filter((name) => name.endsWith('.json'))
        .map((name) => readFile(path.join(folder, name), 'utf8'))
      return (await Promise.all(texts)).map(readJson).filter((message) => validator.Check(message))
    },
  }
}

/** Null for a text that was cut off. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
