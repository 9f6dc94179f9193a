// kill -9 of the master and of a slave at each step of preparing and publishing: whole generations only, and one in the end.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SampleSlave } from '../../scripts/sample/fleet.ts'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import { useSample } from '../helpers/sample.ts'

const PROJECT = 'killed'
const PRELOAD = pathToFileURL(path.resolve('test/helpers/kill-at.mjs')).href
const sample = useSample({ slaves: 2, settings: { SLAVE_POLL_S: '1' } })

interface Step {
  step: 'rename' | 'symlink' | 'unlink' | 'store' | 'commit'
  path: string
  content?: string
}

const killAt = (step: Step, when: 'before' | 'after') => ({
  NODE_OPTIONS: `--import=${PRELOAD}`,
  KILL_AT: JSON.stringify({ ...step, when }),
})

const slaveAt = (index: number): SampleSlave => {
  const slave = sample.fleet.slaves[index]
  if (slave === undefined) throw new Error('no such slave')
  return slave
}

const servedTrees = (): string[] => [
  path.join(sample.fleet.destRoot, PROJECT),
  ...sample.fleet.slaves.map((slave) => path.join(slave.publicFolder, PROJECT)),
]

/** The upstream's states, each kept. */
const history: string[] = []

/** Several files and folders change together: a mixed tree would show. */
const makeNextUpstream = (): void => {
  const number = history.length + 1
  const { folder } = sample.upstream
  for (const name of ['one', 'two', 'three']) {
    mkdirSync(path.join(folder, name), { recursive: true })
    // Of another size each time: rsync takes files of one size and second for equal.
    writeFileSync(path.join(folder, name, 'generation'), '.'.repeat(number))
    writeFileSync(path.join(folder, name, `only-${number}`), `${number}\n`)
    rmSync(path.join(folder, name, `only-${number - 1}`), { force: true })
  }
  const kept = path.join(sample.fleet.root, `kept-${number}`)
  execFileSync('cp', ['-a', folder, kept])
  history.push(kept)
}

const generationsServed = (): number[] =>
  servedTrees().map((tree) => {
    if (!existsSync(tree)) return 0
    // A flip in the middle of the comparison changes where the link leads, and not the tree that it has led to.
    const folder = realpathSync(tree)
    return history.findLastIndex((kept) => compareTrees(kept, folder) === '') + 1
  })

const expectWholeTrees = (): void => {
  for (const generation of generationsServed()) expect([history.length - 1, history.length]).toContain(generation)
}

/** All serve the same whole generation, and the master knows it. */
const waitForAgreement = (): Promise<unknown> =>
  until('the fleet to agree', async () => {
    const slaves: { projects: Record<string, { lag: number }> }[] = await sample.fleet.api.ask('/list_slaves/')
    if (!slaves.every(({ projects }) => projects[PROJECT]?.lag === 0)) return false
    const served = new Set(generationsServed())
    return served.size === 1 && !served.has(0)
  })

beforeAll(async () => {
  makeNextUpstream()
  await sample.fleet.api.ask('/add_project/', sample.payload(PROJECT, { publish: 'atomic' }))
  expect((await sample.fleet.api.sync(PROJECT)).state).toBe('succeeded')
  makeNextUpstream()
  expect((await sample.fleet.api.sync(PROJECT)).state).toBe('succeeded')
})

const DECISION: Step = {
  ...(process.env.TEST_STORE === 'postgres'
    ? { step: 'commit', path: '^UPDATE project ' }
    : { step: 'store', path: 'projects/' }),
  content: '"published":\\{GEN,',
}

/** Where the fleet ends after the restart: on the older generation while nothing was decided, else on the newer. */
const MASTER_STEPS: [string, Step, 'before' | 'after', 'older' | 'newer'][] = [
  ['before the idle tree is touched', { step: 'store', path: 'mirror/.*difference.list$' }, 'before', 'older'],
  ['while the idle tree is being cleared', { step: 'unlink', path: '/one/' }, 'after', 'older'],
  [
    'before the filled tree is remembered',
    { step: 'store', path: 'mirror/.*tree.json$', content: 'GEN,' },
    'before',
    'older',
  ],
  [
    'after the filled tree is remembered',
    { step: 'store', path: 'mirror/.*tree.json$', content: 'GEN,' },
    'after',
    'older',
  ],
  ['before the decision is stored', DECISION, 'before', 'older'],
  ['after the decision is stored', DECISION, 'after', 'newer'],
  ['before its own rename', { step: 'rename', path: `mirror/${PROJECT}$` }, 'before', 'newer'],
  ['after its own rename', { step: 'rename', path: `mirror/${PROJECT}$` }, 'after', 'newer'],
]
const SLAVE_STEPS: [string, Step, 'before' | 'after'][] = [
  ['before the idle tree is touched', { step: 'store', path: 'difference.list$' }, 'before'],
  ['while the idle tree is being cleared', { step: 'unlink', path: '/one/' }, 'after'],
  ['before the filled tree is remembered', { step: 'store', path: 'tree.json$', content: '"[ab]":\\{GEN,' }, 'before'],
  ['after the filled tree is remembered', { step: 'store', path: 'tree.json$', content: '"[ab]":\\{GEN,' }, 'after'],
  ['before the rename', { step: 'rename', path: `public/${PROJECT}$` }, 'before'],
  ['after the rename', { step: 'rename', path: `public/${PROJECT}$` }, 'after'],
]

/** Makes the steps fit to the generation that is to come. */
const forNext = async (step: Step): Promise<Step> => {
  const [{ generation }] = await sample.fleet.api.ask(`/list_projects/?id=${PROJECT}`)
  const content = step.content?.replace('GEN', `"generation":${generation + 1}`)
  return { ...step, ...(content === undefined ? {} : { content }) }
}

describe('kill -9 of the master', () => {
  it.each(MASTER_STEPS)('%s', async (_name, step, when, ends) => {
    const { fleet } = sample
    const dies = killAt(await forNext(step), when)
    await fleet.master.stop()
    await fleet.startMaster(dies)
    makeNextUpstream()
    await fleet.api.ask(`/syncup/?id=${PROJECT}`)
    await fleet.master.ended
    expectWholeTrees()
    await fleet.startMaster()
    await waitForAgreement()
    expect(generationsServed()[0]).toBe(ends === 'newer' ? history.length : history.length - 1)
    expect((await fleet.api.sync(PROJECT)).state).toBe('succeeded')
    expect(generationsServed()).toEqual([history.length, history.length, history.length])
  })
})

describe('kill -9 of a slave', () => {
  it.each(SLAVE_STEPS)('%s', async (_name, step, when) => {
    const { fleet } = sample
    const victim = slaveAt(0)
    const dies = killAt(await forNext(step), when)
    await victim.process?.stop()
    await fleet.startSlave(victim, dies)
    makeNextUpstream()
    const { run } = await fleet.api.ask(`/syncup/?id=${PROJECT}`)
    await victim.process?.ended
    expectWholeTrees()
    expect((await fleet.api.waitForRun(run)).state).toBe('partial')
    expectWholeTrees()
    await fleet.startSlave(victim)
    await waitForAgreement()
    expect((await fleet.api.sync(PROJECT)).state).toBe('succeeded')
    expect(generationsServed()).toEqual([history.length, history.length, history.length])
  })
})

describe('kill -9 of the master while it converts', () => {
  const stored = (publish: string): Step => ({
    ...(process.env.TEST_STORE === 'postgres'
      ? { step: 'commit', path: '^UPDATE project ' }
      : { step: 'store', path: 'projects/' }),
    content: `"publish":"${publish}"`,
  })

  it.each([
    ['in_place', 'atomic'],
    ['atomic', 'in_place'],
  ])('from %s to %s, before that is stored', async (before, after) => {
    const { fleet } = sample
    const id = `from-${before}`
    const inSync = async () => {
      expect(await fleet.api.sync(id)).toMatchObject({ state: 'succeeded', error: null })
      for (const folder of [fleet.destRoot, ...fleet.slaves.map(({ publicFolder }) => publicFolder)])
        expect(compareTrees(sample.upstream.folder, realpathSync(path.join(folder, id)))).toBe('')
    }
    await fleet.api.ask('/add_project/', sample.payload(id, { publish: before }))
    await inSync()
    await fleet.master.stop()
    await fleet.startMaster(killAt(stored(after), 'before'))
    const answer = fleet.api.ask('/update_project/basic/', { id, publish: after })
    await Promise.allSettled([answer, fleet.master.ended])
    await fleet.startMaster()
    makeNextUpstream()
    await inSync()
    makeNextUpstream()
    await inSync()
  })
})
