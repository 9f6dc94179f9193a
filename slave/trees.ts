// The slave's trees: which folder holds which project, and the generation that it completed (its anchor).

import { rename, rm } from 'node:fs/promises'
import path from 'node:path'
import Type from 'typebox'
import { Anchor } from '../shared/schemas/messages.ts'
import { documentKind, StoredDocument } from '../shared/store/document.ts'
import { isCode } from '../shared/store/durable-file.ts'

/** By the project's unchanging key, so that a renamed project is known again. */
const TreesDocument = documentKind({
  name: 'trees document',
  version: 1,
  schema: Type.Record(Type.String(), Anchor),
})

export type Trees = Awaited<ReturnType<typeof openTrees>>

/** Opens the record of the trees in `publicFolder`, kept in `dataFolder`. @throws {DocumentError} */
export async function openTrees(publicFolder: string, dataFolder: string) {
  const document = await StoredDocument.open(TreesDocument, path.join(dataFolder, 'trees.json'), {})

  /** Gives the project's tree its present name; what was mirrored under the old one is kept. */
  const adopt = async (key: string, project: string): Promise<void> => {
    const known = document.data[key]
    if (known === undefined || known.project === project) return
    try {
      await rename(path.join(publicFolder, known.project), path.join(publicFolder, project))
    } catch (error) {
      // Nothing there to move, or something there already: the next sync makes it right.
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].some((code) => isCode(error, code))) throw error
    }
    await document.update((trees) => ({ ...trees, [key]: { ...known, project } }))
  }

  return {
    folderOf: (project: string): string => path.join(publicFolder, project),
    anchors: (): Readonly<Record<string, Anchor>> => document.data,
    adopt,
    /** Records that the tree has reached a generation. */
    complete: (key: string, project: string, generation: number): Promise<void> =>
      document.update((trees) => ({ ...trees, [key]: { project, generation } })),
    /** Forgets a tree; with `purge` its files go too. Only a tree that is known by this very name is removed. */
    remove: async (key: string, project: string, purge: boolean): Promise<void> => {
      const known = document.data[key]
      if (purge && known !== undefined && known.project === project) {
        await rm(path.join(publicFolder, project), { recursive: true, force: true })
      }
      await document.update(({ [key]: _gone, ...trees }) => trees)
    },
    settle: (): Promise<void> => document.settle(),
  }
}
