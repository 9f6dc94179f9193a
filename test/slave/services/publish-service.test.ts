// When a slave flips, and whether it says that it serves what the fleet serves.

import { mkdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { PublishTree } from '../../../shared/schemas/messages.ts'
import { createPublishService } from '../../../slave/services/publish-service.ts'
import { createRootMark } from '../../../slave/services/root-mark.ts'
import { openTrees } from '../../../slave/services/trees.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const KEY = 'p-k'
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
  const { publish, problemOf } = createPublishService({
    trees,
    syncs: { isBusy: () => false, isFollowing: () => false },
  })
  const tell = (anchor: typeof THREE, more: Pick<PublishTree, 'sequence' | 'epoch'>) =>
    publish({ key: KEY, ...names, ...anchor, ...more })
  await tell(LOST, { sequence: 9, epoch: 1_000 })
  return { trees, tell, problem: () => problemOf('p') }
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
