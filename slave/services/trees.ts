// The slave's trees by their projects' unchanging keys: what each serves, what the fleet serves, and where it lies.

import { createHash } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Generations, TreeState } from '../../shared/schemas/messages.ts'
import { openTree } from '../../shared/trees/open-tree.ts'
import { CONTROL_FOLDER, overlaps } from '../../shared/trees/paths.ts'
import { type ProjectTree, RECORD_NAME } from '../../shared/trees/project-tree.ts'
import { isCurrent } from '../../shared/trees/tree-record.ts'
import { findPlace, type Place } from './places.ts'
import type { RootMark } from './root-mark.ts'

/** How a tree is named at present. */
export interface TreeNames {
  id: string
  project: string
}

export type Trees = Awaited<ReturnType<typeof openTrees>>

/** Opens the trees below `publicFolder`. A record that is damaged is put aside: its tree is then synced from the start. */
export async function openTrees(
  publicFolder: string,
  root: RootMark,
  onWarning: (message: string, details: Record<string, unknown>) => void,
) {
  const trees = new Map<string, ProjectTree>()
  const controlRoot = path.join(publicFolder, CONTROL_FOLDER)

  const open = (key: string, names: TreeNames, { base, served, isLinked }: Place): Promise<ProjectTree> =>
    openTree(base, key, names, onWarning, isLinked ? served : null)

  /** What a symlink leads to cannot be known while its disk is not there: the project's next sync says so. */
  const tryPlace = (project: string): Promise<Place | null> =>
    findPlace(publicFolder, project).catch((error) => {
      onWarning('a tree cannot be reached', { project, error: String(error) })
      return null
    })

  const openKnown = async (base: string, key: string, project: string): Promise<void> => {
    const place = await tryPlace(project)
    if (place?.base === base) trees.set(key, await open(key, { id: key, project }, place))
  }

  await mkdir(controlRoot, { recursive: true, mode: 0o755 })
  for (const entry of await readdir(controlRoot, { withFileTypes: true }))
    if (entry.isDirectory())
      await openKnown(publicFolder, entry.name, (await nameIn(publicFolder, entry.name)) ?? entry.name)
  for (const entry of await readdir(publicFolder, { withFileTypes: true })) {
    const place = entry.isSymbolicLink() ? await tryPlace(entry.name) : null
    if (place === null || place.base === publicFolder) continue
    // Other nodes may keep trees of their own there.
    for (const key of await readdir(path.join(place.base, CONTROL_FOLDER)).catch(() => []))
      if ((await nameIn(place.base, key)) === entry.name) await openKnown(place.base, key, entry.name)
  }

  /** Two projects may have swapped their names while this slave was off, or a new one may have an old one's name. */
  const freeName = async (key: string, project: string): Promise<void> => {
    for (const [other, tree] of trees) {
      if (other === key || tree.record.project !== project) continue
      if (tree.place !== null)
        throw new Error(
          `${path.join(publicFolder, project)} is a symlink that another project still has; sync that one`,
        )
      await tree.park()
    }
  }

  /** An operator's symlink takes its project's new name; what the operator has put there already is left alone. */
  const renameLink = async (tree: ProjectTree, project: string): Promise<void> => {
    if (tree.place === null || tree.record.project === project) return
    const [from, to] = [tree.record.project, project].map((name) => path.join(publicFolder, name))
    if (from !== undefined && to !== undefined && !lstatSync(to, { throwIfNoEntry: false })) await rename(from, to)
  }

  /** The operator may have put a symlink there since, or taken it away. */
  const isAt = (tree: ProjectTree, { base, served, isLinked }: Place): boolean =>
    tree.base === base && tree.place === (isLinked ? served : null)

  /** What the slave serves; looked up on disk, so that a tree that was lost is not believed in. */
  const anchors = (): Record<string, TreeState> => {
    const states = [...trees].map(([key, tree]): [string, TreeState] => {
      const anchor = tree.anchor()
      const { project, drift } = tree.record
      return [key, { project, drift, generation: anchor?.generation ?? null, tag: anchor?.tag ?? null }]
    })
    return Object.fromEntries(states)
  }

  return {
    anchors,
    find: (key: string): ProjectTree | undefined => trees.get(key),
    findByName: (name: string): ProjectTree | undefined =>
      [...trees.values()].find(({ record }) => record.id === name || record.project === name),
    /**
     * The tree of a project under its present name; what was mirrored under an older one is kept.
     *
     * @throws {TreeMissing} when `publicFolder` is not the one that the trees are in.
     */
    adopt: async (key: string, names: TreeNames): Promise<ProjectTree> => {
      await root.assertThere()
      const present = trees.get(key)
      if (present?.record.project !== names.project) await freeName(key, names.project)
      if (present !== undefined) await renameLink(present, names.project)
      const place = await findPlace(publicFolder, names.project)
      for (const [other, { place: taken }] of trees)
        if (other !== key && taken !== null && overlaps(taken, place.served))
          throw new Error(
            `${place.served} overlaps ${taken}, which is another project's; remove the symlink ${path.join(publicFolder, names.project)}`,
          )
      const stays = present !== undefined && (isAt(present, place) || (present.place === null && !place.isLinked))
      const known = stays ? present : await open(key, names, place)
      trees.set(key, known)
      if (known.record.project !== names.project || known.record.id !== names.id)
        await known.rename(names.project, names.id)
      return known
    },
    /** Forgets a tree; with `purge` its files go too. Only a tree that is known by this very name is removed. */
    remove: async (key: string, project: string, purge: boolean): Promise<void> => {
      const known = trees.get(key)
      if (known === undefined) return
      const purges = purge && known.record.project === project
      await known.remove(purges)
      if (purges && known.place !== null) await rm(path.join(publicFolder, project), { force: true })
      // Not before: another project whose symlink leads there would find the place free.
      trees.delete(key)
    },
    /** Remembers what the fleet serves. */
    expect: async (generations: Generations): Promise<void> => {
      for (const [key, expected] of Object.entries(generations)) {
        const tree = trees.get(key)
        if (tree === undefined || !isCurrent(expected, tree.record.expected)) continue
        if (isDeepStrictEqual(expected, tree.record.expected)) continue
        await tree.update((record) => ({ ...record, expected }))
      }
    },
    /** Changes whenever anything of `anchors` does. */
    digest: (): string => digestOf(anchors()),
    /** The anchors, and the digest of these very ones. */
    states: () => {
      const states = anchors()
      return { anchors: states, trees: digestOf(states) }
    },
    settle: async (): Promise<void> => {
      for (const tree of trees.values()) await tree.settle()
    },
  }
}

/** The name of the project whose record lies there; null when it cannot be read. */
async function nameIn(base: string, key: string): Promise<string | null> {
  try {
    const text = await readFile(path.join(base, CONTROL_FOLDER, key, RECORD_NAME), 'utf8')
    const project = Object(Object(JSON.parse(text)).data).project
    return typeof project === 'string' ? project : null
  } catch {
    return null
  }
}

function digestOf(states: Record<string, TreeState>): string {
  return createHash('sha256').update(JSON.stringify(states)).digest('hex').slice(0, 16)
}
