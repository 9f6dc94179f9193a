// Knows the folder of all trees again: what lies below the mount point of a disk that is not mounted is not filled.

import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { TreeMissing } from '../../shared/errors.ts'
import { isCode, syncFolder } from '../../shared/store/durable-file.ts'
import { writeWhole } from '../../shared/store/write-whole.ts'
import { CONTROL_FOLDER } from '../../shared/trees/paths.ts'

export type RootMark = ReturnType<typeof createRootMark>

/** The file in the folder of this slave's data that says which folder its trees are in. */
const MARK_NAME = 'public-root'

/**
 * The mark of `publicFolder`: a random word in a file in it, and the same word in `dataFolder`. It is made with the first tree,
 * and goes wherever the folder is moved, copied or restored to.
 */
export function createRootMark(publicFolder: string, dataFolder: string) {
  const here = path.join(publicFolder, CONTROL_FOLDER, 'root')
  const known = path.join(dataFolder, MARK_NAME)
  let looking: Promise<unknown> = Promise.resolve()

  const look = async (): Promise<void> => {
    const [wanted, found] = [await read(known), await read(here)]
    if (isMark(wanted) && wanted === found) return
    if (isMark(wanted) && (found === null || isMark(found)))
      throw new TreeMissing(reason(publicFolder, known, found !== null))
    // After a kill between the two, or when one of them is damaged, the other one stands.
    const mark = [wanted, found].find(isMark) ?? randomBytes(16).toString('hex')
    if (found !== mark) await write(here, mark)
    if (wanted !== mark) await write(known, mark)
  }

  return {
    /** Marks the folder at its first use. @throws {TreeMissing} when it is another one than the trees were in. */
    assertThere: (): Promise<void> => {
      const looked = looking.catch(() => {}).then(look)
      looking = looked
      return looked
    },
  }
}

function reason(publicFolder: string, known: string, isOther: boolean): string {
  const seen = isOther ? 'holds the trees of another slave, or of another disk' : 'has lost the mark of its trees'
  return `${publicFolder} (SLAVE_PUBLIC_DIR) ${seen}; nothing was synced. Is its disk mounted? If the trees are to be fetched again into what is there now, remove ${known} on this slave.`
}

function isMark(text: string | null): text is string {
  return text !== null && /^[0-9a-f]{32}$/.test(text)
}

async function read(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw error
  }
}

async function write(file: string, mark: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o755 })
  await writeWhole(file, `${mark}\n`)
  await syncFolder(path.dirname(file))
}
