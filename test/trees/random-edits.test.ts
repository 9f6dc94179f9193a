// Random edits of an upstream through both hops: after every run both trees are what the options say, by whatever method.

import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { RsyncOptions } from '../../shared/schemas/project-parts.ts'
import { isRoot } from '../helpers/edit-vocabulary.ts'
import { followOnce, GUARD_PERCENT, withCopy } from '../helpers/edited-hops.ts'
import { createRandom, editTree, pickNames, type Random, thinOut } from '../helpers/edits.ts'
import { PLAIN, type Rules } from '../helpers/expected-mirror.ts'
import { type Hops, startHops } from '../helpers/hops.ts'
import { letAllIn, openTree, removeOpened } from '../helpers/open-modes.ts'
import { snapshot } from '../helpers/tree-snapshot.ts'
import { put } from '../helpers/unlucky.ts'

const SEED = Number(process.env.EDIT_SEED ?? 20_261_126)
const GENERATIONS = Number(process.env.EDIT_GENERATIONS ?? 8)
/** So many seeds, one after the other. */
const ROUNDS = Number(process.env.EDIT_ROUNDS ?? 1)
const MOST_EDITS = 30
const NAMES_OF_A_TREE = 18
const LARGEST = 100_000
/** The guard counts files: one always stays. */
const ALWAYS = 'always'
const TRACE = 'ours-lastsync'
const EXCLUDED = ['b', 'Packages.gz']

interface Profile {
  options: RsyncOptions
  /** From the middle on; before, the options are `-avH --delete`. */
  isLate?: true
  rules: Rules
  /** Whether the upstream's daemon may find files that it cannot read. */
  tolerates?: true
}

const words = (...defaults: string[]): RsyncOptions => ({ basic: [], defaults, delete: '--delete' })
const exclude = EXCLUDED.map((name) => `--exclude=${name}`)
const PROFILES: Record<string, Profile> = {
  '-avH': { options: words('-avH'), rules: PLAIN },
  '-a --exclude': { options: words('-a', ...exclude), rules: { ...PLAIN, hardLinks: false, excluded: EXCLUDED } },
  '-a --max-size': {
    options: words('-a', `--max-size=${LARGEST}`),
    rules: { ...PLAIN, hardLinks: false, maxSize: LARGEST },
  },
  '-avH --delete-excluded': {
    options: { ...words('-avH', ...exclude), delete: '--delete-excluded' },
    rules: { ...PLAIN, excluded: EXCLUDED },
    isLate: true,
  },
  '-avH -m': { options: words('-avH', '-m'), rules: { ...PLAIN, prunes: true } },
  'files that cannot be read': { options: words('-avH'), rules: PLAIN, tolerates: true },
}

const start = async (project: Parameters<typeof startHops>[0], { tolerates }: Profile): Promise<Hops> => {
  // A daemon that serves as nobody cannot read what is root's alone; without root, we are that nobody.
  const extra = tolerates && isRoot ? ['uid = nobody', 'gid = nogroup'] : []
  const hops = await startHops({ ...project, extra })
  onTestFinished(() => removeOpened(hops.upstream))
  if (tolerates) letAllIn(hops.upstream)
  return hops
}

/** One generation: edits, a run, and both trees compared; or everything gone for a while, which the guard blocks. */
const followEdits = async (
  hops: Hops,
  { rules, tolerates }: Profile,
  around: { random: Random; names: Buffer[]; label: string },
) => {
  const { random, names, label } = around
  editTree(hops.upstream, random, 1 + Math.floor(random() * MOST_EDITS), names)
  put(hops.upstream, ALWAYS, 'here')
  const step = { rules, label, isAway: random() < 0.15, isOurs }
  if ((await followOnce(hops, { ...step, force: false })) === 'blocked')
    await followOnce(hops, { ...step, force: true, label: `${label}, by force` })
  if (random() < 0.25)
    await withCopy(hops.upstream, async () => {
      thinOut(hops.upstream, random, 0.9, ALWAYS)
      await followOnce(hops, { ...step, force: false, label: `${label}, thinned out` })
    })
  if (!tolerates) return
  openTree(hops.upstream)
  await followOnce(hops, { ...step, force: true, label: `${label}, opened` })
}

/** Files of the operator's own and a trace, with names that no edit has. */
const isOurs = (name: string) => name.startsWith('ours-')

/** Now and then they change, by a run of their own; they are on both nodes whatever else happens. */
const changeOurs = async (hops: Hops, random: Random, label: string): Promise<void> => {
  const local = path.join(hops.project().dest, '.local', hops.project().id)
  if (random() < 0.4) {
    rmSync(local, { recursive: true, force: true })
    for (const name of ['a', 'b', 'c [x]*']) if (random() < 0.7) put(local, `ours-${name}`, String(random()))
    expect((await hops.pull({ force: true })).code, `${label}: ours`).toBeNull()
    expect((await hops.fanOut({ guard: { percent: 100, force: true } })).result.error, `${label}: ours`).toBeNull()
  }
  const wanted = existsSync(local) ? snapshot(local) : new Map()
  for (const tree of [hops.master(), hops.slave()]) {
    const had = [...snapshot(tree)].filter(([name, { kind }]) => isOurs(name) && kind === 'file' && name !== TRACE)
    const contents = (files: typeof had) => Object.fromEntries(files.map(([name, { content }]) => [name, content]))
    expect(contents(had), `${label}: ours`).toEqual(contents([...wanted].filter(([, { kind }]) => kind === 'file')))
    expect(existsSync(path.join(tree, TRACE)), `${label}: trace`).toBe(true)
  }
}

const seeds = Array.from({ length: ROUNDS }, (_, round) => SEED + round)

/** What stands for a project in one case: every third profile with every way of stages, as the seeds go on. */
const projectOf = (number: number, { tolerates }: Profile, hasOurs: boolean): Partial<StoredProject> => ({
  keep_generations: 2 + (number % 3),
  ...(tolerates ? { tolerated_exit_codes: [23] } : {}),
  ...(hasOurs ? { local_files: true, trace: { style: 'timestamp', file: TRACE } } : {}),
})

describe.each(seeds)('with seed %i', (seed) => {
  describe.each(['in_place', 'atomic'] as const)('a project that is published %s', (publish) => {
    it.each(['single', 'rpm', 'debian'] as const)('follows random edits, in stages of %s', async (stages) => {
      const number = ['single', 'rpm', 'debian'].indexOf(stages) * 2 + (publish === 'atomic' ? 1 : 0) + seed
      const [name, profile] = Object.entries(PROFILES)[number % 6] as [string, Profile]
      const random = createRandom(seed)
      const names = [...pickNames(random, NAMES_OF_A_TREE), ...EXCLUDED.map((excluded) => Buffer.from(excluded))]
      const settings = { DELETE_GUARD_PERCENT: String(GUARD_PERCENT), SLOW_SYNC_EVERY: '5' }
      const hasOurs = random() < 0.5
      const project: Partial<StoredProject> = { publish, stages, ...projectOf(number, profile, hasOurs) }
      const hops = await start({ project, settings }, profile)
      for (let generation = 1; generation <= GENERATIONS; generation++) {
        const isEarly = profile.isLate === true && generation <= GENERATIONS / 2
        hops.set({ rsync_options: isEarly ? words('-avH') : profile.options })
        const label = `seed ${seed}, ${publish}, ${stages}, ${name}, generation ${generation}`
        await followEdits(hops, isEarly ? { ...profile, rules: PLAIN } : profile, { random, names, label })
        if (hasOurs) await changeOurs(hops, random, label)
      }
      expect(hops.project().generation).toBeGreaterThan(GENERATIONS / 2)
    })
  })
})
