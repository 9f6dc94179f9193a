// Opens a project's tree even when its record is damaged: nothing is known of the tree then, and all of it is compared.

import { rename } from 'node:fs/promises'
import path from 'node:path'
import { DocumentError } from '../store/document.ts'
import { CONTROL_FOLDER } from './paths.ts'
import { ProjectTree, RECORD_NAME } from './project-tree.ts'

/** Opens the tree as `ProjectTree.open` does. A record that is damaged is put aside, and `onWarning` is told. */
export async function openTree(
  base: string,
  key: string,
  names: { id: string; project: string },
  onWarning: (message: string, details: Record<string, unknown>) => void,
  place: string | null = null,
): Promise<ProjectTree> {
  try {
    return await ProjectTree.open(base, key, names, place)
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error
    onWarning('the record of a tree is damaged and was put aside', { key, error: error.message })
    const record = path.join(base, CONTROL_FOLDER, key, RECORD_NAME)
    await rename(record, `${record}.damaged`)
    return ProjectTree.open(base, key, names, place)
  }
}
