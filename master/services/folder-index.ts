// Knows which project owns which folder, so that no two share or nest folders. A look-up costs the depth of the path.

import path from 'node:path'

/** Absolute folders, each with one owner. */
export class FolderIndex {
  readonly #owners = new Map<string, string>()
  readonly #folders = new Map<string, string>()
  /** For a folder, how many owned folders are below it. */
  readonly #below = new Map<string, number>()

  add(folder: string, owner: string): void {
    this.#owners.set(folder, owner)
    this.#folders.set(owner, folder)
    for (const parent of parentsOf(folder)) this.#below.set(parent, (this.#below.get(parent) ?? 0) + 1)
  }

  /** The folder that was last added for an owner; null when it was removed. */
  folderOf(owner: string): string | null {
    const folder = this.#folders.get(owner)
    return folder !== undefined && this.#owners.get(folder) === owner ? folder : null
  }

  remove(folder: string): void {
    if (!this.#owners.delete(folder)) return
    for (const parent of parentsOf(folder)) {
      const left = (this.#below.get(parent) ?? 1) - 1
      if (left === 0) this.#below.delete(parent)
      else this.#below.set(parent, left)
    }
  }

  /** A folder of another owner that is `folder`, contains it, or is inside it; null when there is none. */
  findConflict(folder: string, owner: string): string | null {
    const above = [folder, ...parentsOf(folder)].find((one) => {
      const holder = this.#owners.get(one)
      return holder !== undefined && holder !== owner
    })
    if (above !== undefined) return above
    if ((this.#below.get(folder) ?? 0) === 0) return null
    for (const [one, holder] of this.#owners) {
      if (holder !== owner && one.startsWith(`${folder}/`)) return one
    }
    return null
  }
}

function parentsOf(folder: string): string[] {
  const parents: string[] = []
  for (let parent = path.dirname(folder); parent !== path.dirname(parent); parent = path.dirname(parent)) {
    parents.push(parent)
  }
  return parents
}
