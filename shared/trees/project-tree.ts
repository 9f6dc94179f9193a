// A project's tree on a node: a plain folder, or a symlink to one of two trees beside it, flipped in one step.

import { lstatSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { StoredDocument } from '../store/document.ts'
import { beginConversion, endConversion, moveForMode } from './conversion.ts'
import { bringBack, placeTrees } from './kept-trees.ts'
import { removeAll } from './owner-access.ts'
import { apartProblem, ownerProblem } from './owners.ts'
import { CONTROL_FOLDER } from './paths.ts'
import { isTreeLink, linkedSlot, linkSlot, readLink } from './tree-links.ts'
import { moveTo, park } from './tree-names.ts'
import {
  type Anchor,
  anchorOf,
  heldIn,
  identifyFolder,
  isOwnDisk,
  SLOTS,
  type Slot,
  TreeDocument,
  type TreeRecord,
  tagsOf,
  unknownTree,
} from './tree-record.ts'

/** The record of a tree, in its control folder. */
export const RECORD_NAME = 'tree.json'

export class ProjectTree {
  readonly base: string
  readonly key: string
  /** Where it is served, when that is not at its name in `base`. */
  readonly place: string | null
  readonly #document: StoredDocument<typeof TreeDocument.schema>

  private constructor(
    base: string,
    key: string,
    place: string | null,
    document: StoredDocument<typeof TreeDocument.schema>,
  ) {
    this.base = base
    this.key = key
    this.place = place
    this.#document = document
  }

  /**
   * Opens the tree `base`/`project`, or the one at `place`; one that is not known yet has no anchor. What a kill left half
   * converted is finished.
   *
   * @throws {DocumentError} when its record is damaged.
   */
  static async open(
    base: string,
    key: string,
    names: { id: string; project: string },
    place: string | null = null,
  ): Promise<ProjectTree> {
    const file = path.join(base, CONTROL_FOLDER, key, RECORD_NAME)
    const document = await StoredDocument.open(TreeDocument, file, unknownTree(names.id, names.project))
    const tree = new ProjectTree(base, key, place, document)
    await tree.#letOthersRead()
    if (tree.record.converting) await tree.#finishConversion()
    await placeTrees(tree)
    return tree
  }

  get record(): TreeRecord {
    return this.#document.data
  }

  /** What users are served: a folder, or a symlink to one. */
  get served(): string {
    return this.place ?? path.join(this.base, this.record.project)
  }

  get control(): string {
    return path.join(this.base, CONTROL_FOLDER, this.key)
  }

  /** Where rsync keeps what is not whole yet. */
  get workFolder(): string {
    return path.join(this.control, 'work')
  }

  /** What a source that is not rsync keeps: nothing in it is served. */
  get sourceFolder(): string {
    return path.join(this.control, 'source')
  }

  /** The names in which the two trees may differ. */
  get differenceFile(): string {
    return path.join(this.control, 'difference.list')
  }

  /** Where names are written for rsync to read. */
  get namesFile(): string {
    return path.join(this.control, 'pull.names')
  }

  /** Where whole trees are kept beside the two slots. */
  get keptFolder(): string {
    return path.join(this.control, 'kept')
  }

  folderOf(slot: Slot): string {
    return path.join(this.control, slot)
  }

  /** The slot that is served; null for a plain folder, or when nothing is served: not yet, or its tree was lost. */
  live(): Slot | null {
    const target = readLink(this.served)
    if (target === null) return null
    const slot = linkedSlot(this.served, this.key)
    if (slot === null && !isTreeLink(target))
      throw new Error(`${this.served} is a symlink that Mirrorfleet did not make; remove it`)
    return slot === null || identifyFolder(this.folderOf(slot)) === null ? null : slot
  }

  /** The whole generation that is served; null while there is none, or when another tree has taken its place. */
  anchor(): Anchor | null {
    if (this.record.mode === 'in_place') return anchorOf(this.record.in_place, this.served)
    const live = this.live()
    return live === null ? null : this.held(live)
  }

  held(slot: Slot): Anchor | null {
    return anchorOf(this.record.slots[slot], this.folderOf(slot))
  }

  /** The slot that holds a generation whole, be it under the number that it serves or under a later one. */
  slotWith(tag: string): Slot | undefined {
    return SLOTS.find((slot) => this.held(slot) !== null && tagsOf(this.record.slots[slot]).includes(tag))
  }

  /** Makes the control folder: others may enter it, to the trees; what is private in it has modes of its own. */
  async prepare(): Promise<void> {
    await mkdir(this.control, { recursive: true, mode: 0o755 })
  }

  /** Changes the record; it is on disk when this resolves. */
  async update(change: (record: TreeRecord) => TreeRecord): Promise<void> {
    await this.prepare()
    await this.#document.update(change)
  }

  /** Remembers that a slot holds a whole generation; null: that it holds none any more. */
  hold(slot: Slot, anchor: Anchor | null, more: Partial<TreeRecord> = {}): Promise<void> {
    const held = anchor === null ? null : heldIn(anchor, this.folderOf(slot))
    return this.update((record) => ({ ...record, ...more, slots: { ...record.slots, [slot]: held } }))
  }

  /** Remembers that a slot holds a later generation too, in which nothing changed; it is served once it is published. */
  holdAlso(slot: Slot, anchor: Anchor, more: Partial<TreeRecord> = {}): Promise<void> {
    if (this.held(slot) === null) return this.hold(slot, anchor, more)
    const { generation, tag } = anchor
    return this.update((record) => {
      const held = record.slots[slot]
      if (held === null) return record
      return { ...record, ...more, slots: { ...record.slots, [slot]: { ...held, also: { generation, tag } } } }
    })
  }

  /** The same for a plain folder. */
  holdInPlace(anchor: Anchor | null, more: Partial<TreeRecord> = {}): Promise<void> {
    const held = anchor === null ? null : heldIn(anchor, this.served)
    const disk = held === null ? {} : { own_disk: isOwnDisk(this.served) }
    return this.update((record) => ({ ...record, ...disk, ...more, in_place: held }))
  }

  /** Serves a generation that a slot holds; nothing changes when it is served already. Returns false when none holds it. */
  async serve(tag: string): Promise<boolean> {
    const slot = await this.reach(tag)
    if (slot === undefined) return false
    await this.flip(slot)
    const { tag: before, also } = this.record.slots[slot] ?? {}
    if (also?.tag !== tag) return true
    // What was compared with it is compared with the same tree still.
    const kept = this.record.kept?.map((one) => (one.beside === before ? { ...one, beside: tag } : one))
    await this.hold(slot, also, kept === undefined ? {} : { kept })
    return true
  }

  /** The slot that holds a generation; one that is kept comes back into a slot. Undefined when it is not there. */
  async reach(tag: string): Promise<Slot | undefined> {
    return this.slotWith(tag) ?? (await bringBack(this, tag))
  }

  /** Serves what a slot has in it. */
  async flip(slot: Slot): Promise<void> {
    if (this.live() !== slot) await linkSlot(this.base, this.key, slot, this.served)
  }

  /**
   * Makes a plain folder of an atomic tree, or the other way round, without copying anything.
   *
   * @throws {Error} that says whose the tree is when it is another user's; nothing has changed then.
   */
  async convert(mode: TreeRecord['mode']): Promise<void> {
    if (this.record.mode === mode) return
    // Half a conversion could not be used in either way.
    const problem = apartProblem(this.base, this.served, mode) ?? (await ownerProblem(this.served, false))
    if (problem !== null) throw new Error(problem)
    const live = mode === 'atomic' ? null : this.live()
    await this.update((record) => beginConversion(record, mode, live))
    await this.#finishConversion()
  }

  /** Gives the served tree another name. What another has put there is left alone. */
  async rename(project: string, id: string): Promise<void> {
    if (this.record.project !== project && this.place === null) await moveTo(this, project)
    await this.update((record) => ({ ...record, project, id }))
  }

  /** Takes the tree away from its name, which another one gets; it has none until it is renamed. */
  park(): Promise<void> {
    return park(this)
  }

  /** Forgets the tree; with `purge` its files go too. */
  async remove(purge: boolean): Promise<void> {
    await this.settle()
    const keepsFiles = !purge && this.record.mode === 'atomic'
    if (purge) await removeAll(this.served)
    if (keepsFiles) await this.convert('in_place')
    await removeAll(this.control)
  }

  settle(): Promise<void> {
    return this.#document.settle()
  }

  async #finishConversion(): Promise<void> {
    await moveForMode(this)
    await this.update(endConversion)
  }

  /** The trees are served by programs of other users; earlier versions made these folders private. */
  async #letOthersRead(): Promise<void> {
    for (const folder of [path.dirname(this.control), this.control])
      if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) await chmod(folder, 0o755)
  }
}
