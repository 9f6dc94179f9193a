// A decision to publish that the store does not take at once, with a real store, a real tree and no slaves.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { newRun, plainRequest } from '../../../master/records/run.ts'
import { ActiveRun, Interruption } from '../../../master/runs/active-run.ts'
import { createMasterTrees } from '../../../master/stages/master-trees.ts'
import { createPublisher } from '../../../master/stages/publish.ts'
import { createSlaveClient } from '../../../master/stages/slave-client.ts'
import { createLowdbStore } from '../../../master/store/lowdb-store.ts'
import { until } from '../../../scripts/sample/until.ts'
import { createPeer } from '../../../shared/http/peer.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { AT, project } from '../../helpers/stored.ts'

const TWO = { generation: 2, tag: '2'.repeat(16) }

/** A tree that holds a generation which is not published, and a store that `lose` takes away and `bring` gives back. */
async function prepare() {
  const root = temporaryFolder()
  const store = createLowdbStore(path.join(root, 'store'))
  await store.open()
  const stored = project('p', { publish: 'atomic', dest: path.join(root, 'mirror') })
  await store.addProject(stored)
  const trees = createMasterTrees(stored.dest, () => {})
  const tree = await trees.open(stored)
  await tree.convert('atomic')
  mkdirSync(tree.folderOf('a'), { recursive: true })
  writeFileSync(path.join(tree.folderOf('a'), 'file'), 'two')
  await tree.hold('a', TWO)
  const errors: unknown[] = []
  const client = createSlaveClient(createPeer({ ALLOW_PLAINTEXT: false }), 'http', () => 'token')
  const publisher = createPublisher({
    store,
    trees,
    client,
    protocolOf: async () => 1,
    now: () => 0,
    onError: (error) => errors.push(error),
  })
  const run = { ...newRun('p-k-1', stored, plainRequest('explicit'), AT(0), 'main'), state: 'fanning_out' as const }
  const nothing = () => {}
  const active = new ActiveRun(stored.key, plainRequest('explicit'), run, {
    start: async (same) => same,
    save: async () => {},
    told: nothing,
    shown: nothing,
  })
  const [folder, away] = [path.join(root, 'store', 'projects'), path.join(root, 'away')]
  return {
    active,
    publisher,
    errors,
    lose: () => renameSync(folder, away),
    bring: () => renameSync(away, folder),
    published: async () => (await store.findProjectByKey(stored.key))?.published ?? null,
    served: path.join(stored.dest, 'p', 'file'),
  }
}

describe('a decision to publish that cannot be stored', () => {
  it('is completed as soon as it can, by the same run', async () => {
    const { active, publisher, errors, lose, bring, published, served } = await prepare()
    lose()
    const publishing = publisher.publish(active, TWO, [])
    await until('the first attempt', () => errors.length > 0)
    expect(existsSync(served)).toBe(false)
    bring()
    await publishing
    expect(await published()).toEqual({ ...TWO, sequence: 1 })
    expect(readFileSync(served, 'utf8')).toBe('two')
    expect(active.run.state).toBe('publishing')
  })

  it('is given up when the run is stopped, with nothing flipped', async () => {
    const { active, publisher, errors, lose, bring, published, served } = await prepare()
    lose()
    const publishing = publisher.publish(active, TWO, [])
    await until('the first attempt', () => errors.length > 0)
    active.controller.abort(new Interruption('fenced'))
    await expect(publishing).rejects.toThrow()
    bring()
    expect(await published()).toBeNull()
    expect(existsSync(served)).toBe(false)
  })
})
