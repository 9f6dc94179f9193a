// What small trees have in them, and what an upstream would say of the way from one to another.

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { PathList } from '../../shared/trees/path-list.ts'

/** What a tree has in it: a text for a file, null for a folder. */
export type Content = ReadonlyMap<string, string | null>

export function readContent(folder: string): Content {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Map(
    entries
      .map((entry): [string, string | null] => {
        const name = path.relative(folder, path.join(entry.parentPath, entry.name))
        return [name, entry.isDirectory() ? null : readFileSync(path.join(folder, name), 'utf8')]
      })
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  )
}

/** What an upstream's list would say of the way from one state to the next. */
export function changesBetween(before: Content, now: Content): PathList {
  const names = [...new Set([...before.keys(), ...now.keys()])].filter((name) => before.get(name) !== now.get(name))
  return new Map(
    names.map((name) => {
      const text = now.get(name)
      return [name, text === undefined ? 'gone' : text === null ? 'folder' : 'file']
    }),
  )
}
