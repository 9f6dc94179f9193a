import { existsSync, mkdirSync, readlinkSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openTree } from '../../../shared/trees/open-tree.ts'
import type { ProjectTree } from '../../../shared/trees/project-tree.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const names = { id: 'p', project: 'p' }
const ONE = { generation: 1, tag: '1'.repeat(16) }
const TWO = { generation: 2, tag: '2'.repeat(16) }

const open = async (base: string) => {
  const warnings: string[] = []
  const tree = await openTree(base, 'p-k', names, (message) => warnings.push(message))
  return { tree, warnings }
}
const tear = (tree: ProjectTree, bytes: number) => truncateSync(path.join(tree.control, 'tree.json'), bytes)

describe.each([0, 40])('a tree whose record was cut off after %i bytes', (bytes) => {
  it('is unknown in place, and its record is put aside', async () => {
    const base = temporaryFolder()
    const { tree, warnings } = await open(base)
    mkdirSync(tree.served)
    await tree.holdInPlace(ONE)
    expect((await open(base)).tree.anchor()).toEqual(ONE)
    tear(tree, bytes)
    const again = await open(base)
    expect([warnings, again.warnings]).toEqual([[], ['the record of a tree is damaged and was put aside']])
    expect(again.tree.anchor()).toBeNull()
    expect(existsSync(path.join(tree.control, 'tree.json.damaged'))).toBe(true)
  })

  it('keeps serving the one of two trees that it served', async () => {
    const base = temporaryFolder()
    const { tree } = await open(base)
    await tree.convert('atomic')
    for (const [slot, anchor] of [['a', ONE] as const, ['b', TWO] as const]) {
      mkdirSync(tree.folderOf(slot), { recursive: true })
      await tree.hold(slot, anchor)
    }
    await tree.serve(TWO.tag)
    tear(tree, bytes)
    const again = (await open(base)).tree
    await again.convert('atomic')
    expect(readlinkSync(again.served)).toBe('.mirrorfleet/p-k/b')
    expect([again.anchor(), again.slotWith(ONE.tag), again.slotWith(TWO.tag)]).toEqual([null, undefined, undefined])
  })
})
