// A tree of many small files for benchmarks.

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export const FILES_A_FOLDER = 250

/** Fills a folder with small files. */
export function makeTree(folder: string, files: number): void {
  for (let first = 0; first < files; first += FILES_A_FOLDER) {
    const inner = path.join(folder, `folder-${first / FILES_A_FOLDER}`)
    mkdirSync(inner, { recursive: true })
    for (let number = first; number < first + FILES_A_FOLDER; number++)
      writeFileSync(path.join(inner, `file-${number}`), `${number}\n`)
  }
}
