// Moves all data of a master from one store to another, counts it, and compares the copy with the original.

import { existsSync, rmSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { interruptedRun } from '../records/run.ts'
import { hasSchedule } from '../schedule/next-run-time.ts'
import { createLowdbStore } from '../store/lowdb-store.ts'
import { folderOf, isDatabase, StoreRefused, type Verbs, whileLocked, withStore } from '../store/with-store.ts'

/** How many of each were moved. */
export interface MovedCounts {
  users: number
  tokens: number
  slaves: number
  projects: number
  runs: number
  audit: number
}

export interface MoveOptions {
  /** `file:` and the folder of a master's STORE_URL, or `postgres://`. */
  from: string
  to: string
  /** The new node of the projects, except those with node `any`; null keeps their nodes. */
  node: string | null
  onProgress: (projects: number, of: number) => void
}

const ALL = 1_000_000
const ALONE = { besideMasters: false }

/**
 * Moves everything, or nothing. Runs that have not ended end as interrupted, as at a start.
 *
 * @throws {StoreRefused} when a store is in use, the target is not empty, or the copy differs from the original.
 */
export async function moveStore(options: MoveOptions): Promise<MovedCounts> {
  const { from, to } = options
  if (from === to) throw new StoreRefused('--from and --to name the same store')
  return withStore(from, ALONE, (source) => writeTo(to, (target) => copy(source, target, options)))
}

async function writeTo<T>(url: string, work: (store: Verbs) => Promise<T>): Promise<T> {
  if (isDatabase(url)) return withStore(url, ALONE, work)
  const folder = folderOf(url)
  const place = path.join(folder, 'store')
  if (existsSync(place)) throw new StoreRefused(`${place} exists; give --to an empty folder`)
  return whileLocked(folder, async () => {
    // Under another name until it is complete, so that what a killed move leaves behind is never taken for a store.
    const building = path.join(folder, 'store.moving')
    rmSync(building, { recursive: true, force: true })
    const store = createLowdbStore(building)
    await store.open()
    try {
      const done = await work(store)
      await store.close()
      await rename(building, place)
      return done
    } catch (error) {
      await store.close()
      rmSync(building, { recursive: true, force: true })
      throw error
    }
  })
}

async function copy(source: Verbs, target: Verbs, { node, onProgress }: MoveOptions): Promise<MovedCounts> {
  await assertEmpty(target)
  const [users, tokens, slaves] = [await source.listUsers(), await source.listTokens(), await source.listSlaves()]
  const projects = await source.listProjects()
  for (const user of users) await target.addUser(user)
  for (const token of tokens) await target.addToken(token, '')
  for (const slave of slaves) await target.addSlave(slave)
  let runCount = 0
  for (const [index, stored] of projects.entries()) {
    const { project, runs } = settle(stored, await source.listRuns({ key: stored.key, limit: ALL }), node)
    await target.addProject(project)
    await target.addRuns(project.key, runs.toReversed())
    await compare(target, project, runs)
    runCount += runs.length
    onProgress(index + 1, projects.length)
  }
  const audit = await source.listAudit({ limit: ALL })
  await target.addAudit(audit.toReversed())
  assertSame('audit list', await target.listAudit({ limit: ALL }), audit)
  assertSame('users', inOrder(await target.listUsers()), inOrder(users))
  assertSame('tokens', inOrder(await target.listTokens()), inOrder(tokens))
  assertSame('slaves', inOrder(await target.listSlaves()), inOrder(slaves))
  return {
    users: users.length,
    tokens: tokens.length,
    slaves: slaves.length,
    projects: projects.length,
    runs: runCount,
    audit: audit.length,
  }
}

/** As after a start: no run is active, and a scheduled project whose run was interrupted is due again. */
function settle(project: StoredProject, runs: readonly Run[], node: string | null) {
  const open = runs.filter((run) => !hasEnded(run.state))
  const at = new Date().toISOString()
  const place = { node: node === null || project.node === 'any' ? project.node : node, lead: null, stuck: null }
  return {
    project: {
      ...project,
      ...place,
      active_runs: [],
      due_again: project.due_again || (open.length > 0 && project.enabled && hasSchedule(project)),
    },
    runs: runs.map((run) => (hasEnded(run.state) ? run : interruptedRun(run, at))),
  }
}

async function compare(target: Verbs, project: StoredProject, runs: readonly Run[]): Promise<void> {
  assertSame(`project ${project.id}`, await target.findProjectByKey(project.key), project)
  assertSame(`runs of ${project.id}`, await target.listRuns({ key: project.key, limit: ALL }), runs)
}

function assertSame(what: string, arrived: unknown, sent: unknown): void {
  if (!isDeepStrictEqual(arrived, sent))
    throw new StoreRefused(`The copy differs from the original (${what}); nothing was moved`)
}

/** Sorts a list, because stores may list in different orders. */
function inOrder<T>(list: readonly T[]): T[] {
  const textOf = (one: T) => JSON.stringify(Object.entries(Object(one)).sort())
  return [...list].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
}

async function assertEmpty(target: Verbs): Promise<void> {
  const counts = [await target.listUsers(), await target.listSlaves(), await target.listProjects()]
  if (counts.some(({ length }) => length > 0))
    throw new StoreRefused('The target already has users, slaves or projects; give --to an empty store')
}
