// When a slave flips, and whether it says that it serves what the fleet serves.

import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PublishTree } from '../../../shared/schemas/messages.ts'
import { setAside } from '../../../shared/trees/kept-trees.ts'
import { createPublishService } from '../../../slave/services/publish-service.ts'
import { createRootMark } from '../../../slave/services/root-mark.ts'
import { TreeTurns } from '../../../slave/services/tree-turns.ts'
import { openTrees } from '../../../slave/services/trees.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const KEY = 'p-k'
const TWO = { generation: 2, tag: '2'.repeat(16) }
const THREE = { generation: 3, tag: '3'.repeat(16) }
/** A generation of the same number, of before the master was restored. */
const LOST = { generation: 3, tag: 'f'.repeat(16) }
const names = { id: 'p', project: 'p' }

/** A slave with an atomic tree of which one slot holds LOST, which is served, and the other THREE. */
async function start() {
  const folder = temporaryFolder()
  const trees = await openTrees(folder, createRootMark(folder, temporaryFolder()), () => {})
  const tree = await trees.adopt(KEY, names)
  await tree.convert('atomic')
  for (const [slot, anchor] of [['a', LOST] as const, ['b', THREE] as const]) {
    mkdirSync(tree.folderOf(slot), { recursive: true })
    await tree.hold(slot, anchor)
  }
  const turns = new TreeTurns()
  const { publish, problemOf } = createPublishService({
    trees,
    turns,
    syncs: { isBusy: () => false, isFollowing: () => false },
  })
  const tell = (anchor: typeof THREE, more: Pick<PublishTree, 'sequence' | 'epoch'>) =>
    publish({ key: KEY, ...names, ...anchor, ...more })
  await tell(LOST, { sequence: 9, epoch: 1_000 })
  return { trees, tree, turns, tell, problem: () => problemOf('p') }
}

describe('a slave that is told to publish', () => {
  it('follows a restored master, whose numbers begin again', async () => {
    const { tell, problem } = await start()
    expect(await tell(THREE, { sequence: 4, epoch: 2_000 })).toEqual(THREE)
    expect(problem()).toBeNull()
  })

  it.each<[string, Pick<PublishTree, 'sequence' | 'epoch'>]>([
    ['an earlier decision', { sequence: 8, epoch: 1_000 }],
    ['an earlier epoch', { sequence: 10, epoch: 999 }],
    ['an earlier decision of a master that knows no epochs', { sequence: 8 }],
  ])('passes over what comes late from %s, and says what it serves', async (_name, late) => {
    const { tell, problem } = await start()
    expect(await tell(THREE, late)).toEqual(LOST)
    expect(problem()).toBeNull()
  })
})

describe('a generation that is kept', () => {
  it('waits while a job fills the tree whose place it takes, and is served after', async () => {
    const { tree, turns, tell } = await start()
    await tree.hold('b', TWO)
    // It is kept, and the slot that it was in is being filled.
    await setAside(tree, 'a', 4, async () => {})
    expect(tree.slotWith(TWO.tag)).toBeUndefined()
    const filling = path.join(tree.folderOf('b'), 'half')
    let end = () => {}
    const job = turns.take(KEY, async () => {
      mkdirSync(filling, { recursive: true })
      await new Promise<void>((resolve) => {
        end = resolve
      })
    })
    await expect(tell(TWO, { sequence: 10, epoch: 1_000 })).rejects.toMatchObject({ code: 'NOT_PREPARED' })
    expect(existsSync(filling)).toBe(true)
    expect(tree.anchor()).toEqual(LOST)
    end()
    await job
    expect(await tell(TWO, { sequence: 10, epoch: 1_000 })).toEqual(TWO)
    expect(existsSync(filling)).toBe(false)
  })

  it('has its turn before a job that comes meanwhile', async () => {
    const { turns } = await start()
    const order: string[] = []
    const first = turns.take(KEY, async () => void order.push('first'))
    const second = turns.take(KEY, async () => void order.push('second'))
    expect(turns.isTaken(KEY)).toBe(true)
    expect(turns.isTaken('another')).toBe(false)
    await Promise.all([first, second])
    expect(order).toEqual(['first', 'second'])
    await expect(turns.take(KEY, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    await expect(turns.take(KEY, async () => 'next')).resolves.toBe('next')
  })
})

describe('the health of a tree', () => {
  it('is told by tags where both sides know them', async () => {
    const { trees, problem } = await start()
    await trees.expect({ [KEY]: { ...THREE, sequence: 1, epoch: 2_000 } })
    expect(problem()).toBe('it serves a generation 3 of before the master was restored')
  })

  it('is told by numbers where the master names no tag', async () => {
    const { trees, problem } = await start()
    await trees.expect({ [KEY]: { generation: 3, sequence: 10 } })
    expect(problem()).toBeNull()
    await trees.expect({ [KEY]: { generation: 4, sequence: 11 } })
    expect(problem()).toBe('it serves generation 3, the fleet serves 4')
  })
})
