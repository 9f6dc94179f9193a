// What a node remembers of a project's tree, durably and on the tree's own file system, and how a tree is told from another.

import { lstatSync } from 'node:fs'
import path from 'node:path'
import Type, { type Static } from 'typebox'
import { Name, Nullable, Timestamp } from '../schemas/common.ts'
import { Publish } from '../schemas/project-parts.ts'
import { documentKind } from '../store/document.ts'

/** A generation by number, and by a tag that no other one has: numbers come again when a master is restored. */
export const Anchor = Type.Object({
  generation: Type.Integer({ minimum: 1 }),
  tag: Type.String({ pattern: '^[0-9a-f]{16}$' }),
})
export type Anchor = Static<typeof Anchor>

/**
 * A whole generation in a folder; `identity` is the folder's, so that another one in its place is noticed. `also` is a
 * later generation in which nothing changed: the folder holds that one too, but does not serve it before it is published.
 */
const Held = Type.Object({ ...Anchor.properties, identity: Type.String(), also: Type.Optional(Anchor) })
export type Held = Static<typeof Held>

/** A whole generation beside the two slots; `beside` is the tag of what was served when it was put there. */
const Kept = Type.Object({ ...Anchor.properties, identity: Type.String(), beside: Type.String() })
export type Kept = Static<typeof Kept>

/** What the fleet serves; versions before protocol 3, of masters as of slaves, knew neither tag nor epoch. */
const Expected = Type.Object({
  generation: Type.Integer(),
  sequence: Type.Integer(),
  tag: Type.Optional(Type.String()),
  epoch: Type.Optional(Type.Integer()),
})
export type Expected = Static<typeof Expected>

/**
 * Whether a generation was whole by its own indices: it was when there were no problems. `by` says what was checked, and how;
 * `roots` are the ids of the roots that it has.
 */
const Judged = Type.Object({
  tag: Type.String(),
  by: Type.String(),
  roots: Type.Array(Type.String()),
  problems: Type.Array(Type.String()),
  grade: Nullable(Type.Enum(['full', 'apt'] as const)),
})
export type Judged = Static<typeof Judged>

export const SLOTS = ['a', 'b'] as const
/** One of the two trees of an atomic project. */
export type Slot = (typeof SLOTS)[number]

/**
 * `in_place` is null while the tree is being changed, or was left half-way; on the master it stays, and `mark` names the
 * state of its change list in which all that was changed since stands. `slots` hold whole generations only.
 * `difference` says what is known of the tree that is not served: it differs from the served one at most in the names of
 * the list beside this record (`uncleared`: with its old content there; `cleared`: with that removed), or in anything.
 * `expected` is what the fleet serves, as far as this node was told; `options` are those that the tree was made with.
 * `judged` is what the last generation's own indices said of it; null or missing where nobody asked.
 * `drift` is what the last full comparison after a normal sync found to differ. `own_disk`: the folder of a tree in place was
 * the mount point of a disk. `began_empty`: the folder of a tree in place was empty when the project's first sync began.
 * `kept` are whole generations beside the slots, the one that has been kept longest first.
 * `local` tells the operator's own files in it from others.
 * `walked_at` is when the upstream was last walked, and `index_runs` how many runs by index have changed something since.
 */
export const TreeRecord = Type.Object({
  id: Name,
  project: Name,
  mode: Publish,
  converting: Type.Boolean(),
  in_place: Nullable(Held),
  slots: Type.Object({ a: Nullable(Held), b: Nullable(Held) }),
  difference: Type.Enum(['unknown', 'uncleared', 'cleared'] as const),
  options: Type.String(),
  expected: Nullable(Expected),
  normal_syncs: Type.Integer(),
  checked_at: Nullable(Timestamp),
  drift: Nullable(Type.Integer()),
  mark: Type.Optional(Type.String()),
  judged: Type.Optional(Nullable(Judged)),
  own_disk: Type.Optional(Type.Boolean()),
  began_empty: Type.Optional(Type.Boolean()),
  kept: Type.Optional(Type.Array(Kept)),
  walked_at: Type.Optional(Timestamp),
  index_runs: Type.Optional(Type.Integer()),
  local: Type.Optional(Type.String()),
})
export type TreeRecord = Static<typeof TreeRecord>

export const TreeDocument = documentKind({ name: 'tree record', version: 1, schema: TreeRecord })

/** The record of a tree of which nothing is known. */
export function unknownTree(id: string, project: string): TreeRecord {
  return {
    id,
    project,
    mode: 'in_place',
    converting: false,
    in_place: null,
    slots: { a: null, b: null },
    difference: 'unknown',
    options: '',
    expected: null,
    normal_syncs: 0,
    checked_at: null,
    drift: null,
  }
}

/** A folder's identity: restored, copied or swapped trees have another. Null when there is no such folder. */
export function identifyFolder(folder: string): string | null {
  const found = lstatSync(folder, { throwIfNoEntry: false, bigint: true })
  return found?.isDirectory() ? `${found.ino}:${found.birthtimeNs}` : null
}

/** True for a folder that lies on another file system than the one it is in. */
export function isOwnDisk(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  const around = lstatSync(path.dirname(folder), { throwIfNoEntry: false })
  return found?.isDirectory() === true && around !== undefined && found.dev !== around.dev
}

/** The generation of a held tree, when its folder is still the very same. */
export function anchorOf(held: Held | Kept | null, folder: string): Anchor | null {
  if (held === null || identifyFolder(folder) !== held.identity) return null
  return { generation: held.generation, tag: held.tag }
}

/** The other slot. */
export function otherSlot(slot: Slot): Slot {
  return slot === 'a' ? 'b' : 'a'
}

/** The slot of the newest generation that is held, or of the one that the fleet serves; null when none is held. */
export function newestOf({ slots, expected }: Pick<TreeRecord, 'slots' | 'expected'>): Slot | null {
  const held = SLOTS.filter((slot) => slots[slot] !== null)
  const served = held.find((slot) => isExpected(slots[slot], expected))
  const byGeneration = held.sort((a, b) => (slots[b]?.generation ?? 0) - (slots[a]?.generation ?? 0))
  return served ?? byGeneration[0] ?? null
}

/**
 * True unless `told` is older than what is known: of an earlier epoch, or in the same one of a lower number. A master that
 * tells no epoch does not know of any, and counts as of the same one.
 */
export function isCurrent(told: Pick<Expected, 'sequence' | 'epoch'>, known: Expected | null): boolean {
  if (known === null) return true
  if (told.epoch === undefined || told.epoch === known.epoch) return told.sequence >= known.sequence
  return told.epoch > (known.epoch ?? 0)
}

/** True when this is what the fleet serves: by its tag, since numbers come again, where both sides know tags. */
export function isExpected(anchor: Anchor | null, expected: Expected | null): boolean {
  if (anchor === null || expected === null) return false
  return expected.tag === undefined ? anchor.generation === expected.generation : anchor.tag === expected.tag
}

export function tagsOf(held: Held | null): string[] {
  return held === null ? [] : [held.tag, ...(held.also === undefined ? [] : [held.also.tag])]
}

/** A generation that a folder holds whole. @throws {Error} when there is no such folder. */
export function heldIn(anchor: Anchor, folder: string): Held {
  const identity = identifyFolder(folder)
  if (identity === null) throw new Error(`${folder} is not a folder`)
  return { generation: anchor.generation, tag: anchor.tag, identity }
}
