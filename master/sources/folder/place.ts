// Where the folders lie that people or other programs fill.

import path from 'node:path'
import { FOLDERS } from '../../../shared/trees/paths.ts'

/** The absolute folder of a project, below DEST_ROOT. */
export function folderPlace(destRoot: string, id: string): string {
  return path.join(destRoot, FOLDERS, id)
}
