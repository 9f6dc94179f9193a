// Random edits of an upstream over many generations: after every run each slave has the master's tree, by whatever method.

import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Run } from '../../shared/schemas/run.ts'
import { createRandom, differences, editTree, type Random } from '../helpers/edits.ts'
import { useSample } from '../helpers/sample.ts'

const SEED = Number(process.env.EDIT_SEED ?? 20_261_124)
const GENERATIONS = Number(process.env.EDIT_GENERATIONS ?? 14)
const sample = useSample({ slaves: 2, settings: { SLOW_SYNC_EVERY: '4', DELETE_GUARD_PERCENT: '0' } })

const expectEqual = (project: string, run: Run, seed: string): void => {
  const master = path.join(sample.fleet.destRoot, project)
  expect(differences(sample.upstream.folder, master), `${seed}: master`).toBe('')
  for (const slave of sample.fleet.slaves) {
    const stage = run.slaves.find(({ slave_id }) => slave_id === slave.id)
    if (stage?.state !== 'succeeded') continue
    expect(differences(master, path.join(slave.publicFolder, project)), `${seed}: ${slave.id} ${stage.method}`).toBe('')
  }
}

/** One generation: edits, a run, and every tree compared. Returns the methods that the slaves used. */
const followOnce = async (project: string, random: Random, seed: string): Promise<(string | null)[]> => {
  const { api, slaves, startSlave } = sample.fleet
  const sleeper = random() < 0.25 ? slaves[1] : undefined
  editTree(sample.upstream.folder, random, 1 + Math.floor(random() * 30))
  await sleeper?.process?.stop()
  const run = await api.sync(project)
  // Off is off; nothing else may go wrong.
  const well = run.slaves.filter(({ slave_id }) => slave_id !== sleeper?.id)
  for (const stage of well) expect(stage.state, `${seed}: ${stage.error}`).toBe('succeeded')
  expect(run.state, `${seed}: ${run.error?.message}`).toBe(sleeper === undefined ? 'succeeded' : 'partial')
  expectEqual(project, run, seed)
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
