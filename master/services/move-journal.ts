// Remembers the moves of projects' files that are under way, so that a kill between a move and its record loses nothing.

import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { Publish } from '../../shared/schemas/project-parts.ts'
import { syncFolder } from '../../shared/store/durable-file.ts'
import { writeWhole } from '../../shared/store/write-whole.ts'

const Place = Type.Object({
  dest: Type.String(),
  id: Type.String(),
  key: Type.String(),
  project: Type.String(),
  publish: Publish,
})
const Move = Type.Object({ from: Place, to: Place })
export type Move = Static<typeof Move>

export type MoveJournal = ReturnType<typeof createMoveJournal>

/** One file a move in `folder`, by the project's key. */
export function createMoveJournal(folder: string) {
  const shape = Compile(Move)
  const fileOf = (key: string) => path.join(folder, `${key}.json`)
  return {
    /** Resolves when the move is on disk; the files may be moved then. */
    begin: async ({ from, to }: Move): Promise<void> => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const place = ({ dest, id, key, project, publish }: Move['from']) => ({ dest, id, key, project, publish })
      await writeWhole(fileOf(from.key), JSON.stringify({ from: place(from), to: place(to) }))
      await syncFolder(folder)
    },
    /** The files and their record agree again. */
    end: (key: string): Promise<void> => rm(fileOf(key), { force: true }),
    /** The moves that an earlier process began and did not end. A file that is not whole is of a move that did not begin. */
    list: async (): Promise<Move[]> => {
      const names = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith('.json'))
      const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')))
      return texts.map(parse).filter((move): move is Move => shape.Check(move))
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
