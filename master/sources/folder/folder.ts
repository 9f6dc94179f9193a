// Trees that people or other programs fill: a run takes what is in the folder.

import { lstat, mkdir } from 'node:fs/promises'
import { isCode } from '../../../shared/store/durable-file.ts'
import { type FilledSource, filled, notFilled } from '../source-kind.ts'
import { folderPlace } from './place.ts'

export function folderSource(): FilledSource {
  return {
    check: () => {},
    host: '',
    guard: 'few',
    stages: 'single',
    isAlive: true,
    mayBePartial: false,
    mayBeEmpty: true,
    fill: async ({ settings, project }) => {
      const folder = folderPlace(settings.DEST_ROOT, project.id)
      if (await isFolder(folder)) return filled(folder)
      if (project.generation > 0) {
        const error = `${folder} is missing, or no folder. Is its disk mounted? To begin again, make an empty folder there.`
        return notFilled(folder, 'operator', error)
      }
      await makeFolder(folder)
      return filled(folder)
    },
  }
}

/** Others may look into it, and its own user may write. Who else fills it gets it by chown(1) or an ACL. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 })
}

async function isFolder(folder: string): Promise<boolean> {
  try {
    return (await lstat(folder)).isDirectory()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false
    throw error
  }
}
