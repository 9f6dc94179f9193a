// Keeps, for each project, the names that changed from one generation to the next, so that slaves pull only those.

import { createWriteStream, type WriteStream } from 'node:fs'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { finished } from 'node:stream/promises'
import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { Nullable } from '../../shared/schemas/common.ts'
import { isCode, makePrivateFolder, syncFolder } from '../../shared/store/durable-file.ts'
import { writeWhole } from '../../shared/store/write-whole.ts'
import { lookAtNames } from '../../shared/trees/look.ts'
import {
  decodeEntries,
  decodeList,
  type EntryKind,
  encodeEntry,
  hasReturnedFolders,
  listOf,
  type PathList,
  readList,
  writeList,
} from '../../shared/trees/path-list.ts'
import type { TreeChange } from '../../shared/trees/source.ts'
import type { Anchor } from '../../shared/trees/tree-record.ts'

/** Lists of more generations, or larger ones in all, would only serve slaves that a slow sync serves as well. */
const KEPT_GENERATIONS = 64
const MAX_LIST_BYTES = 32 * 1024 * 1024
const MAX_TOTAL_BYTES = 64 * 1024 * 1024

/** Writes down what an attempt changes, as it changes it. */
export interface ChangeRecorder {
  /** Null stands for a change that could not be read: the list is incomplete then. */
  add: (change: TreeChange | null) => void
  addList: (list: PathList) => void
  /** Ends the writing. `isSure`: rsync came to its own end, so that nothing it changed is missing. */
  end: (isSure: boolean) => Promise<void>
}

/** `since` is the tag of the generation before. */
const SealedList = Type.Object({ tag: Type.String(), since: Nullable(Type.String()), isComplete: Type.Boolean() })
type SealedList = Static<typeof SealedList>

export type ChangeLists = ReturnType<typeof createChangeLists>

/**
 * Below `folder`, for each project's key: `open.list`, what changed since the newest generation; `writing` while an
 * attempt goes on and `doubtful` once the open list may lack something; `mark`, which the tree has too; `N.list` and
 * `N.json` for generation N.
 */
export function createChangeLists(folder: string) {
  const fileOf = (key: string, name: string) => path.join(folder, key, name)
  const sealedShape = Compile(SealedList)

  /** A mark is on disk before what it warns of can happen. */
  const mark = async (key: string, name: 'writing' | 'doubtful'): Promise<void> => {
    await writeFile(fileOf(key, name), '', { mode: 0o600, flush: true })
    await syncFolder(path.join(folder, key))
  }
  const isMarked = async (key: string, name: 'writing' | 'doubtful'): Promise<boolean> =>
    (await sizeOf(fileOf(key, name))) !== null

  const readSealed = async (key: string, generation: number): Promise<SealedList | null> => {
    try {
      const sealed: unknown = JSON.parse(await readFile(fileOf(key, `${generation}.json`), 'utf8'))
      return sealedShape.Check(sealed) ? sealed : null
    } catch {
      // Missing, or cut off by a power failure: slaves compare everything then.
      return null
    }
  }

  /** One list for each generation, the last one for `to`; null when one is missing or incomplete. */
  const readBetween = async (key: string, from: Anchor, to: Anchor): Promise<PathList[] | null> => {
    let tag = from.tag
    const lists: PathList[] = []
    for (let generation = from.generation + 1; generation <= to.generation; generation++) {
      const sealed = await readSealed(key, generation)
      if (sealed === null || !sealed.isComplete || sealed.since !== tag) return null
      const list = await readList(fileOf(key, `${generation}.list`))
      if (list === null) return null
      lists.push(list)
      tag = sealed.tag
    }
    return tag === to.tag ? lists : null
  }

  const prune = async (key: string): Promise<void> => {
    const numbers = (await readdir(path.join(folder, key)))
      .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a)
    let total = 0
    for (const [index, number] of numbers.entries()) {
      total += (await sizeOf(fileOf(key, `${number}.list`))) ?? 0
      if (index < KEPT_GENERATIONS && (total <= MAX_TOTAL_BYTES || index === 0)) continue
      for (const kind of ['list', 'json']) await rm(fileOf(key, `${number}.${kind}`), { force: true })
    }
  }

  return {
    /** The mark of the lists; a tree with another one was changed by a master that kept other lists. Null before the first. */
    readMark: (key: string): Promise<string | null> =>
      readFile(fileOf(key, 'mark'), 'utf8').catch((error) => {
        if (isCode(error, 'ENOENT')) return null
        throw error
      }),

    /** Gives the lists another mark. It is on disk when this resolves. */
    writeMark: async (key: string, text: string): Promise<void> => {
      await makePrivateFolder(path.join(folder, key))
      await writeWhole(fileOf(key, 'mark'), text)
      await syncFolder(path.join(folder, key))
    },

    /**
     * Begins to write what changes after a generation (0: there is none yet). What an earlier attempt left open is gone
     * on with. One that was killed leaves doubt, as does a generation that was sealed and never came to be, and a tree
     * of which it is not known that it is that generation with what the open list tells (`isSure` false).
     */
    begin: async (key: string, after: number, isSure: boolean): Promise<ChangeRecorder> => {
      await makePrivateFolder(path.join(folder, key))
      const lost = await Promise.all(['list', 'json'].map((kind) => sizeOf(fileOf(key, `${after + 1}.${kind}`))))
      const isLost = (await isMarked(key, 'writing')) || lost.some((size) => size !== null)
      if (isLost || !isSure) await mark(key, 'doubtful')
      await mark(key, 'writing')
      const file = fileOf(key, 'open.list')
      let bytes = (await sizeOf(file)) ?? 0
      let isWhole = true
      const stream = createWriteStream(file, { flags: 'a', mode: 0o600, flush: true })
      // A full disk leaves the list incomplete, and no more.
      stream.on('error', () => {
        isWhole = false
      })
      const write = (text: string): void => {
        bytes += text.length
        if (bytes > MAX_LIST_BYTES) isWhole = false
        else stream.write(text, 'latin1')
      }
      return {
        add: (change) => {
          if (change === null) isWhole = false
          else write(entriesOf(change))
        },
        addList: (list) => {
          for (const [name, kind] of list) write(encodeEntry(name, kind))
        },
        end: async (isSure) => {
          const isWritten = await finish(stream)
          if (!isSure || !isWhole || !isWritten) await mark(key, 'doubtful')
          await rm(fileOf(key, 'writing'), { force: true })
        },
      }
    },

    /** What attempts have changed since the newest generation, as far as it was written. */
    sinceLast: async (key: string): Promise<PathList> => {
      const bytes = await readFile(fileOf(key, 'open.list')).catch(() => Buffer.alloc(0))
      return decodeList(bytes.subarray(0, bytes.lastIndexOf(0) + 1)) ?? new Map()
    },

    /** Makes the open list that of a generation. `since` is the generation before, or null for the first one. */
    seal: async (key: string, generation: Anchor, since: string | null): Promise<void> => {
      const open = fileOf(key, 'open.list')
      const isSure = !(await isMarked(key, 'doubtful')) && since !== null
      const entries = isSure ? decodeEntries(await readFile(open)) : null
      const list = entries === null || hasReturnedFolders(entries) ? null : listOf(entries)
      if (list !== null) await writeList(fileOf(key, `${generation.generation}.list`), list)
      const sealed: SealedList = { tag: generation.tag, since, isComplete: list !== null }
      await writeWhole(fileOf(key, `${generation.generation}.json`), JSON.stringify(sealed))
      await syncFolder(path.join(folder, key))
      for (const name of [open, fileOf(key, 'doubtful')]) await rm(name, { force: true })
      await prune(key)
    },

    /** True when this master has made that generation, and none since. */
    hasMade: async (key: string, { generation, tag }: Anchor): Promise<boolean> =>
      (await readSealed(key, generation))?.tag === tag,

    /**
     * The names in which `to` may differ from `from`, as they stand in `tree`, the folder that holds `to`. Null when the
     * lists between the two are not all at hand and complete, and when a folder was none in between: what `from` has in it
     * may have gone with it, unlisted.
     */
    between: async (key: string, from: Anchor, to: Anchor, tree: string): Promise<PathList | null> => {
      const lists = await readBetween(key, from, to)
      if (lists === null) return null
      const list = await lookAtNames(new Set(lists.flatMap((one) => [...one.keys()])), tree)
      const wasNone = ([name, kind]: [string, EntryKind]) => kind !== 'folder' && list.get(name) === 'folder'
      return lists.slice(0, -1).some((one) => [...one].some(wasNone)) ? null : list
    },

    removeAll: (key: string): Promise<void> => rm(path.join(folder, key), { recursive: true, force: true }),
  }
}

function entriesOf({ name, kind, linkedTo }: TreeChange): string {
  return encodeEntry(name, kind) + (linkedTo === null ? '' : encodeEntry(linkedTo, 'file'))
}

/** False when not all of it could be written, as on a full disk. */
async function finish(stream: WriteStream): Promise<boolean> {
  stream.end()
  return finished(stream).then(
    () => true,
    () => false,
  )
}

async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw error
  }
}
