// One run of both hops after edits, and everything that must then be true of both trees.

import { execFileSync } from 'node:child_process'
import { renameSync } from 'node:fs'
import { expect } from 'vitest'
import { stagesOf } from '../../master/layouts/layouts.ts'
import { isRoot } from './edit-vocabulary.ts'
import { expectMirror, type Rules } from './expected-mirror.ts'
import type { Hops } from './hops.ts'
import { removeOpened } from './open-modes.ts'
import { countBetween, describeTree, type Entry, type Snapshot, snapshot } from './tree-snapshot.ts'

export const GUARD_PERCENT = 50

export interface Step {
  rules: Rules
  /** For messages: the seed and the generation. */
  label: string
  force: boolean
  /** The slave misses this one. */
  isAway: boolean
  /** Names that are no upstream's: they are not compared. */
  isOurs?: (name: string) => boolean
}

function look(tree: string, { isOurs = () => false }: Pick<Step, 'isOurs'>): Snapshot {
  return new Map([...snapshot(tree)].filter(([name]) => !isOurs(name)))
}

/** `blocked`: the delete guard let nothing through, and nothing was lost. */
export async function followOnce(hops: Hops, step: Step): Promise<'done' | 'blocked'> {
  const { rules, label, force } = step
  const [upstream, before, slave] = [snapshot(hops.upstream), look(hops.master(), step), look(hops.slave(), step)]
  const expected = expectMirror(upstream, before, rules)
  const gone = [...before].filter(([name]) => !expected.tree.has(name))
  const limit = Math.floor(((hops.project().total_files ?? 0) * GUARD_PERCENT) / 100)
  const result = await hops.pull({ force })
  const after = look(hops.master(), step)
  if (result.code === 'DELETE_GUARD') {
    expect(force, `${label}: blocked despite force`).toBe(false)
    expect(gone.length, `${label}: blocked for so few`).toBeGreaterThan(limit)
    expectNothingLost(hops, before, after, label)
    expect(describeTree(look(hops.slave(), step)), `${label}: slave, blocked`).toEqual(describeTree(slave))
    return 'blocked'
  }
  expect(result.code, `${label}: ${result.error}\n${hops.log()}`).toBeNull()
  const files = gone.filter(([, { kind }]) => kind !== 'folder').length
  if (!force && !result.tolerated)
    expect(files, `${label}: the guard let so many go`).toBeLessThanOrEqual(Math.max(limit, 0))
  if (result.tolerated) expectPart(upstream, before, after, expected.tree, label)
  else {
    const isKept = (name: string) => expected.kept.has(name)
    expect(describeTree(after, isKept), `${label}: master`).toEqual(describeTree(expected.tree, isKept))
    expectCounts(result.summary, before, after, `${label}: master`, hops.project().publish)
  }
  if (!step.isAway) await fanOut(hops, after, slave, step)
  return 'done'
}

/** In place, what is new has come before the deletions are judged; an atomic tree is as it was. */
function expectNothingLost(hops: Hops, before: Snapshot, after: Snapshot, label: string): void {
  if (hops.project().publish === 'atomic')
    expect(describeTree(after), `${label}: master, blocked`).toEqual(describeTree(before))
  expect(
    [...before.keys()].filter((name) => !after.has(name)),
    `${label}: lost though blocked`,
  ).toEqual([])
}

/**
 * What was seen of the upstream came; nothing went, whether it was seen or not, but what is in a folder that is a file or link
 * upstream. Whether such a file can be read shows only when the folder has made way.
 */
function expectPart(upstream: Snapshot, before: Snapshot, after: Snapshot, expected: Snapshot, label: string): void {
  const isTaken = (name: string) =>
    isInTakenPlace(name, upstream) ||
    (before.get(name)?.kind === 'folder' && (upstream.get(name)?.kind ?? 'folder') !== 'folder')
  const lost = [...before.keys()].filter((name) => !after.has(name) && !isTaken(name))
  expect(lost, `${label}: lost though a part was not seen`).toEqual([])
  const [had, has, wanted] = [before, after, expected].map((tree) => describeTree(tree, () => true))
  for (const [name, line] of Object.entries(has ?? {})) {
    const entry = expected.get(name)
    // Folders change as what is in them does.
    if (entry === undefined || entry.kind === 'folder' || line === wanted?.[name]) continue
    const comes = isSeen(upstream, name) && before.get(name)?.kind !== 'folder'
    expect(comes ? line : (had?.[name] ?? line), `${label}: ${name}`).toBe(comes ? wanted?.[name] : line)
  }
}

/** Whether the upstream's daemon can read it: as root it serves as nobody, else as ourselves. */
export function isSeen(upstream: Snapshot, name: string): boolean {
  const canRead = ({ mode, kind }: Entry, bits: number) =>
    kind === 'link' || (mode & (isRoot ? bits : bits << 6)) === bits
  const parts = name.split('/')
  return parts.every((_, index) => {
    const entry = upstream.get(parts.slice(0, index + 1).join('/'))
    return entry !== undefined && canRead(entry, entry.kind === 'folder' ? 0o5 : 0o4)
  })
}

function expectCounts(
  summary: { added: number; modified: number; deleted: number } | null,
  before: Snapshot,
  after: Snapshot,
  label: string,
  publish: string,
): void {
  const { added, modified, deleted, replaced } = countBetween(before, after)
  // In place, an rsync that finds a folder with content in the way of a file is ended, and has not told all that it did.
  const isObstructed = publish === 'in_place' && [...before.keys()].some((name) => isInTakenPlace(name, after))
  expect(summary?.deleted, `${label}: deleted`).toBe(deleted)
  const [more, other] = [(summary?.added ?? 0) - added, (summary?.modified ?? 0) - modified]
  if (isObstructed) return
  const told = `${label}: ${more} more added, and ${other} more modified, than`
  expect([more >= 0, more + other], `${told} ${replaced.join(', ')}`).toEqual([true, replaced.length])
}

/** Whether it was in a folder that is something else now. */
function isInTakenPlace(name: string, after: Snapshot): boolean {
  const parts = name.split('/')
  const parents = parts.slice(1).map((_, index) => after.get(parts.slice(0, index + 1).join('/')))
  return parents.some((parent) => parent !== undefined && parent.kind !== 'folder')
}

async function fanOut(hops: Hops, master: Snapshot, before: Snapshot, step: Step): Promise<void> {
  const { label, force } = step
  const end = await hops.fanOut({ stages: stagesOf(hops.project()), guard: { percent: GUARD_PERCENT, force } })
  const told = `${label}: slave, ${end.method}`
  if (end.refusal?.code === 'DELETE_GUARD' && !force) {
    // More than one generation at once, for a slave that was away.
    const files = (tree: Snapshot) => [...tree].filter(([, { kind }]) => kind !== 'folder').map(([name]) => name)
    const gone = files(before).filter((name) => !master.has(name) || master.get(name)?.kind === 'folder').length
    expect(gone, `${told}: blocked for so few`).toBeGreaterThan((files(before).length * GUARD_PERCENT) / 100)
    expectNothingLost(hops, before, look(hops.slave(), step), told)
    return fanOut(hops, master, look(hops.slave(), step), { ...step, force: true })
  }
  expect(end.refusal, told).toBeNull()
  expect(end.result.error, `${told}\n${hops.log()}`).toBeNull()
  expect(end.drift ?? 0, `${told}: drift`).toBe(0)
  const after = look(hops.slave(), step)
  expect(describeTree(after), told).toEqual(describeTree(master))
  expectCounts(end.result.summary, before, after, told, hops.project().publish)
}

/** Does something while a copy of a tree takes its place, and puts the tree back. */
export async function withCopy(tree: string, work: () => Promise<void>): Promise<void> {
  const aside = `${tree}-aside`
  renameSync(tree, aside)
  execFileSync('cp', ['-a', aside, tree])
  await work()
  removeOpened(tree)
  renameSync(aside, tree)
}
