// The whole trees that an atomic project keeps beside its two, for a return to an older generation.
//
// Each lies in a folder named after its tag, with a list of the names in which it may differ from the tree that was served when it
// was put there. Such lists lead from any of them, one to the next, to what is served: the oldest is filled anew at the cost of
// what has changed since.

import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { syncFolder } from '../store/durable-file.ts'
import { createLook, lookAtNames } from './look.ts'
import { renameFolder } from './owner-access.ts'
import { type PathList, readList, writeList } from './path-list.ts'
import {
  type Anchor,
  anchorOf,
  identifyFolder,
  type Kept,
  otherSlot,
  SLOTS,
  type Slot,
  type TreeRecord,
} from './tree-record.ts'

/** What keeping needs to know of a tree. */
export interface KeepingTree {
  record: TreeRecord
  control: string
  keptFolder: string
  differenceFile: string
  folderOf(slot: Slot): string
  live(): Slot | null
  held(slot: Slot): Anchor | null
  update(change: (record: TreeRecord) => TreeRecord): Promise<void>
}

/** All generations that are here whole, in a slot or kept beside them. */
export function allGenerations(tree: KeepingTree): Anchor[] {
  const held = SLOTS.map((slot) => tree.held(slot)).filter((one) => one !== null)
  return [...held, ...keptTrees(tree).map(({ generation, tag }) => ({ generation, tag }))]
}

/** Those that are kept beside the slots, the one that has been kept longest first. */
export function keptTrees(tree: KeepingTree): Kept[] {
  return (tree.record.kept ?? []).filter((kept) => anchorOf(kept, folderOf(tree, kept.tag)) !== null)
}

/**
 * Before the idle tree is filled anew: where `keep` trees in all allow it, the generation in it is kept, and the idle tree
 * becomes the one that has been kept longest, or an empty one. What is newer than what is served is not kept: it was never
 * published, or was rolled back. Those beyond `keep` are removed.
 */
export async function setAside(
  tree: KeepingTree,
  live: Slot,
  keep: number,
  remove: (folder: string) => Promise<void>,
): Promise<void> {
  await placeTrees(tree)
  const slot = otherSlot(live)
  const [idle, served] = [tree.held(slot), tree.held(live)]
  const room = Math.max(0, keep - SLOTS.length)
  if (room > 0 && idle !== null && served !== null && idle.generation < served.generation) {
    const kept = keptTrees(tree)
    await exchange(tree, slot, kept.length < room ? null : (kept[0] ?? null))
  }
  await trim(tree, room, remove)
}

/** Makes a kept generation the idle tree. Undefined when it is not kept. */
export async function bringBack(tree: KeepingTree, tag: string): Promise<Slot | undefined> {
  const kept = keptTrees(tree).find((one) => one.tag === tag)
  if (kept === undefined) return undefined
  await placeTrees(tree)
  const live = tree.live()
  const slot = live === null ? SLOTS[1] : otherSlot(live)
  await exchange(tree, slot, kept)
  return slot
}

/**
 * Finishes what a kill interrupted: every tree goes where the record has it. A folder is known by its identity, wherever it is.
 */
export async function placeTrees(tree: KeepingTree): Promise<void> {
  const { kept = [], slots } = tree.record
  const entries = await readdir(tree.keptFolder).catch(() => [])
  if (kept.length === 0 && entries.length === 0) return
  const live = tree.live()
  const idle = SLOTS.filter((slot) => slot !== live)
  const folders = [
    ...idle.map((slot) => tree.folderOf(slot)),
    ...entries.map((name) => path.join(tree.keptFolder, name)),
  ]
  const found = new Map(folders.map((folder) => [identifyFolder(folder), folder]))
  // Those that leave a slot make room for those that come into it.
  const wanted = [
    ...kept.map(({ identity, tag }) => ({ identity, place: folderOf(tree, tag) })),
    ...idle.flatMap((slot) => {
      const held = slots[slot]
      return held === null ? [] : [{ identity: held.identity, place: tree.folderOf(slot) }]
    }),
  ]
  for (const { identity, place } of wanted) {
    const from = found.get(identity)
    if (from === undefined || from === place) continue
    const unknown = identifyFolder(place)
    // An interrupted fill left it, or it is not to be kept. It goes with the next fill, since that takes time.
    if (unknown !== null) await renameFolder(place, folderOf(tree, `left-${unknown.replace(':', '-')}`))
    await renameFolder(from, place)
  }
  await syncFolder(tree.keptFolder).catch(() => {})
  await syncFolder(tree.control)
}

const folderOf = (tree: KeepingTree, tag: string) => path.join(tree.keptFolder, tag)
const listOf = (tree: KeepingTree, tag: string) => `${folderOf(tree, tag)}.list`

/** Keeps what a slot holds, unless it is newer than what is served, and has `incoming` take its place. The record says so first. */
async function exchange(tree: KeepingTree, slot: Slot, incoming: Kept | null): Promise<void> {
  const served = tree.held(otherSlot(slot))
  const idle = tree.held(slot)
  const isOlder = idle !== null && (served === null || idle.generation < served.generation)
  const outgoing = isOlder ? tree.record.slots[slot] : null
  const differences = incoming === null ? null : await differenceTo(tree, incoming, otherSlot(slot))
  await mkdir(tree.keptFolder, { recursive: true, mode: 0o755 })
  if (outgoing !== null) {
    const known = tree.record.difference === 'unknown' ? null : await readList(tree.differenceFile)
    await rm(listOf(tree, outgoing.tag), { force: true })
    if (known !== null) await writeList(listOf(tree, outgoing.tag), known)
  }
  const leaving: Kept[] =
    outgoing === null
      ? []
      : [{ generation: outgoing.generation, tag: outgoing.tag, identity: outgoing.identity, beside: served?.tag ?? '' }]
  await tree.update((record) => ({
    ...record,
    difference: 'unknown',
    slots: {
      ...record.slots,
      [slot]: incoming && { generation: incoming.generation, tag: incoming.tag, identity: incoming.identity },
    },
    kept: [...(record.kept ?? []).filter(({ tag }) => tag !== incoming?.tag), ...leaving],
  }))
  await placeTrees(tree)
  if (differences === null) return
  await writeList(tree.differenceFile, differences)
  await tree.update((record) => ({ ...record, difference: 'uncleared' }))
}

async function trim(tree: KeepingTree, room: number, remove: (folder: string) => Promise<void>): Promise<void> {
  const kept = keptTrees(tree)
  const stay = kept.slice(Math.max(0, kept.length - room))
  if (stay.length < (tree.record.kept ?? []).length) await tree.update((record) => ({ ...record, kept: stay }))
  const names = new Set(stay.flatMap(({ tag }) => [tag, `${tag}.list`]))
  for (const name of await readdir(tree.keptFolder).catch(() => []))
    if (!names.has(name)) await remove(path.join(tree.keptFolder, name))
}

/** All names in which a kept tree may differ from the one that is served; null when they are not known. */
async function differenceTo(tree: KeepingTree, from: Kept, live: Slot): Promise<PathList | null> {
  const served = tree.held(live)
  if (served === null) return null
  const lists: PathList[] = []
  for (const file of wayBetween(stepsOf(tree, live), from.tag, served.tag) ?? ['']) {
    const list = file === '' ? null : await readList(file)
    if (list === null) return null
    lists.push(list)
  }
  const [here, there] = [folderOf(tree, from.tag), tree.folderOf(live)]
  return lookAtNames(namesIn(lists, here, there), there)
}

/** The names of the lists. What was gone in between may stand in both trees again, with content that no list has. */
function namesIn(lists: readonly PathList[], ...folders: readonly string[]): Set<string> {
  const names = new Set(lists.flatMap((list) => [...list.keys()]))
  const looks = folders.map(createLook)
  for (const [name, kind] of lists.flatMap((list) => [...list])) {
    if (kind === 'folder') continue
    for (const look of looks)
      if (look.kindOf(name) === 'folder') for (const below of look.listBelow(name).keys()) names.add(below)
  }
  return names
}

/** Two generations, and the list of the names in which they may differ. */
interface Step {
  ends: readonly [string, string]
  file: string
}

function stepsOf(tree: KeepingTree, live: Slot): Step[] {
  const [idle, served] = [tree.held(otherSlot(live)), tree.held(live)]
  const isKnown = idle !== null && served !== null && tree.record.difference !== 'unknown'
  return [
    ...keptTrees(tree).map(({ tag, beside }): Step => ({ ends: [tag, beside], file: listOf(tree, tag) })),
    ...(isKnown ? [{ ends: [idle.tag, served.tag] as const, file: tree.differenceFile }] : []),
  ]
}

/** The files of the steps that lead from one generation to another; null when none do. */
function wayBetween(steps: readonly Step[], from: string, to: string): string[] | null {
  const ways = new Map<string, string[]>([[from, []]])
  for (const [at, way] of ways)
    for (const { ends, file } of steps) {
      const next = ends[0] === at ? ends[1] : ends[1] === at ? ends[0] : null
      if (next !== null && !ways.has(next)) ways.set(next, [...way, file])
    }
  return ways.get(to) ?? null
}
