// Backups that are put back, of the master and of slaves: whatever repeats then, every node serves what the upstream has.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 3, settings: { SLAVE_POLL_S: '1' } })

/** One project for each way to publish, and for an upstream that changes after the restore and one that does not. */
const PROJECTS = (['in_place', 'atomic'] as const).flatMap((publish) =>
  (['changes', 'rests'] as const).map((upstream) => ({ name: `${publish}-${upstream}`, publish, upstream })),
)
type Project = (typeof PROJECTS)[number]
const CHANGING = PROJECTS.filter(({ upstream }) => upstream === 'changes')

const sourceOf = ({ name }: Project) => path.join(sample.upstream.folder, name)

let edits = 0
/** Files come, grow and go, and one stays as it is now: each state differs from all others. */
const edit = (projects: readonly Project[]): void => {
  const number = ++edits
  for (const project of projects) {
    const at = (name: string) => path.join(sourceOf(project), name)
    mkdirSync(sourceOf(project), { recursive: true })
    writeFileSync(at(`kept-${number}`), `${number}\n`)
    writeFileSync(at(`only-${number}`), `${number}\n`)
    writeFileSync(at('grows'), '.'.repeat(number))
    for (const name of readdirSync(sourceOf(project)))
      if (name.startsWith('only-') && name !== `only-${number}`) rmSync(at(name))
  }
}

/** Copies folders and returns what puts them back: what came since goes. What is named in `except` stays as it is. */
const backUp = (folders: readonly string[], except: readonly string[] = []) => {
  const copies = folders.map((folder) => ({ folder, copy: path.join(temporaryFolder(), 'copy') }))
  for (const { folder, copy } of copies)
    execFileSync('rsync', ['-aH', ...except.map((name) => `--exclude=/${name}`), `${folder}/`, copy])
  return () => {
    for (const { folder, copy } of copies) {
      for (const name of readdirSync(folder))
        if (!except.includes(name)) rmSync(path.join(folder, name), { recursive: true })
      execFileSync('cp', ['-a', `${copy}/.`, folder])
    }
  }
}

const lagsOf = async ({ name }: Project): Promise<(number | undefined)[]> => {
  const slaves: SlaveView[] = await sample.fleet.api.ask('/list_slaves/')
  return slaves.map(({ projects }) => projects[name]?.lag)
}

/** What is wrong, by what the nodes hold and by what they say; empty when all is well. */
const lookAt = async (project: Project): Promise<string[]> => {
  const problems: string[] = []
  for (const folder of [sample.fleet.destRoot, ...sample.fleet.slaves.map((slave) => slave.publicFolder)]) {
    const differences = compareTrees(sourceOf(project), path.join(folder, project.name))
    if (differences !== '') problems.push(`${folder}/${project.name} differs: ${differences}`)
  }
  const lags = await lagsOf(project)
  if (lags.some((lag) => lag !== 0)) problems.push(`${project.name} lags by ${lags}`)
  for (const { port } of sample.fleet.slaves) {
    const health = await fetch(`http://127.0.0.1:${port}/healthz?project=${project.name}`)
    if (health.status !== 200) problems.push(`${project.name} on ${port}: ${await health.text()}`)
  }
  return problems
}

const syncAll = async (state: Run['state']): Promise<string[]> => {
  const runs = await Promise.all(PROJECTS.map(({ name }) => sample.fleet.api.sync(name)))
  return runs.filter((run) => run.state !== state).map((run) => `${run.run} ${run.state}: ${run.error?.message}`)
}

/** A sync of every project succeeds, and leaves all well. */
const expectFollowed = async (): Promise<void> => {
  expect(await syncAll('succeeded')).toEqual([])
  expect((await Promise.all(PROJECTS.map(lookAt))).flat()).toEqual([])
}

const addAll = async (): Promise<void> => {
  const known: { id: string }[] = await sample.fleet.api.ask('/list_projects/')
  edit(PROJECTS)
  for (const { name, publish } of PROJECTS) {
    if (known.some(({ id }) => id === name)) continue
    const rsync_module = `${sample.upstream.module}/${name}`
    await sample.fleet.api.ask('/add_project/', sample.payload(name, { publish, rsync_module }))
  }
  await expectFollowed()
}

describe('a backup of the master', () => {
  it.each<[string, () => () => void]>([
    ['DATA_DIR', () => backUp([sample.fleet.dataFolder], ['mirror'])],
    ['DEST_ROOT', () => backUp([sample.fleet.destRoot])],
    ['DATA_DIR and DEST_ROOT', () => backUp([sample.fleet.dataFolder])],
  ])('of %s leaves no node with anything old', async (_part, take) => {
    const { slaves, startMaster, startSlave } = sample.fleet
    // It sleeps from the backup to the restore: of all slaves it alone agrees with what the backup says.
    const sleeper = slaves[2]
    if (sleeper === undefined) throw new Error('three slaves are needed')
    await addAll()
    edit(PROJECTS)
    await expectFollowed()
    await sleeper.process?.stop()
    await sample.fleet.master.stop()
    const putBack = take()
    await startMaster()
    for (let generation = 0; generation < 3; generation++) {
      edit(PROJECTS)
      expect(await syncAll('partial')).toEqual([])
    }
    await sample.fleet.master.stop()
    putBack()
    edit(CHANGING)
    await startMaster()
    await startSlave(sleeper)
    await expectFollowed()
    edit(CHANGING)
    await expectFollowed()
  })
})

describe('backups of slaves', () => {
  it('of SLAVE_DATA_DIR, of SLAVE_PUBLIC_DIR and of both leave none with anything old', async () => {
    const { slaves, startSlave } = sample.fleet
    await addAll()
    for (const slave of slaves) await slave.process?.stop()
    const parts = ['dataFolder', 'publicFolder', 'both'] as const
    const putBacks = slaves.map((slave, index) => {
      const part = parts[index] ?? 'both'
      return backUp(part === 'both' ? [slave.dataFolder, slave.publicFolder] : [slave[part]])
    })
    for (const slave of slaves) await startSlave(slave)
    for (let generation = 0; generation < 3; generation++) {
      edit(PROJECTS)
      await expectFollowed()
    }
    for (const slave of slaves) await slave.process?.stop()
    for (const putBack of putBacks) putBack()
    for (const slave of slaves) await startSlave(slave)
    // They catch up by themselves.
    for (const project of PROJECTS) {
      await until('the slaves', async () => (await lookAt(project)).length === 0)
    }
    edit(CHANGING)
    await expectFollowed()
  })
})
