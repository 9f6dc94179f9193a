// Reads the files that another tool's configuration names, where it is on this machine.

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Around } from './plan.ts'

export const localFiles: Pick<Around, 'readFile' | 'listFiles'> = {
  readFile: (file) => {
    try {
      return path.isAbsolute(file) ? readFileSync(file, 'utf8') : null
    } catch {
      return null
    }
  },
  listFiles: (pattern) => {
    if (!path.isAbsolute(pattern)) return []
    const parts = pattern.split('/').filter(Boolean)
    return parts.reduce((folders, part) => folders.flatMap((folder) => namesIn(folder, part)), [''])
  },
}

function namesIn(folder: string, part: string): string[] {
  if (!/[*?]/.test(part)) return [`${folder}/${part}`]
  const expression = new RegExp(
    `^${part
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  )
  try {
    const names = readdirSync(`${folder}/`).filter((name) => expression.test(name) && !name.startsWith('.'))
    return names.sort().map((name) => `${folder}/${name}`)
  } catch {
    return []
  }
}
