// Random edits of an upstream over many generations: after every run each slave has the master's tree, by whatever method.

import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Run } from '../../shared/schemas/run.ts'
import { createRandom, editTree, type Random } from '../helpers/edits.ts'
import { expectMirror, PLAIN } from '../helpers/expected-mirror.ts'
import { useSample } from '../helpers/sample.ts'
import { describeTree, type Snapshot, snapshot } from '../helpers/tree-snapshot.ts'

const SEED = Number(process.env.EDIT_SEED ?? 20_261_124)
const GENERATIONS = Number(process.env.EDIT_GENERATIONS ?? 14)
const sample = useSample({ slaves: 2, settings: { SLOW_SYNC_EVERY: '4', DELETE_GUARD_PERCENT: '0' } })

const masterTree = (project: string): Snapshot => snapshot(path.join(sample.fleet.destRoot, project))

const expectEqual = (project: string, run: Run, before: Snapshot, seed: string): void => {
  const { tree, kept } = expectMirror(snapshot(sample.upstream.folder), before, PLAIN)
  const isKept = (name: string) => kept.has(name)
  const master = masterTree(project)
  expect(describeTree(master, isKept), `${seed}: master`).toEqual(describeTree(tree, isKept))
  for (const slave of sample.fleet.slaves) {
    const stage = run.slaves.find(({ slave_id }) => slave_id === slave.id)
    if (stage?.state !== 'succeeded') continue
    const served = snapshot(path.join(slave.publicFolder, project))
    expect(describeTree(served), `${seed}: ${slave.id} ${stage.method}`).toEqual(describeTree(master))
  }
}

/** One generation: edits, a run, and every tree compared. Returns the methods that the slaves used. */
const followOnce = async (project: string, random: Random, seed: string): Promise<(string | null)[]> => {
  const { api, slaves, startSlave } = sample.fleet
  const sleeper = random() < 0.25 ? slaves[1] : undefined
  editTree(sample.upstream.folder, random, 1 + Math.floor(random() * 30))
  await sleeper?.process?.stop()
  const before = masterTree(project)
  const run = await api.sync(project)
  // Off is off; nothing else may go wrong.
  const well = run.slaves.filter(({ slave_id }) => slave_id !== sleeper?.id)
  for (const stage of well) expect(stage.state, `${seed}: ${stage.error}`).toBe('succeeded')
  expect(run.state, `${seed}: ${run.error?.message}`).toBe(sleeper === undefined ? 'succeeded' : 'partial')
  expectEqual(project, run, before, seed)
  for (const stage of run.slaves) expect(stage.drift ?? 0, `${seed}: drift of ${stage.slave_id}`).toBe(0)
  if (sleeper !== undefined) await startSlave(sleeper)
  return run.slaves.map(({ method }) => method)
}

describe.each(['in_place', 'atomic'] as const)('a project that is published %s', (publish) => {
  it(`follows random edits (seed ${SEED})`, async () => {
    const random = createRandom(SEED)
    const project = `edits-${publish}`
    await sample.fleet.api.ask('/add_project/', sample.payload(project, { publish }))
    const methods: (string | null)[] = []
    for (let generation = 1; generation <= GENERATIONS; generation++) {
      methods.push(...(await followOnce(project, random, `seed ${SEED}, generation ${generation}`)))
    }
    expect(methods.filter((method) => method === 'normal').length).toBeGreaterThan(GENERATIONS)
  })
})
