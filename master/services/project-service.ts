// The rules of projects: what may be added and changed, by whom, and where their files lie.

import { ProjectNotFound } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import { didYouMean } from '../../shared/nearest.ts'
import { Problems } from '../../shared/problems.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { AddProject, UpdateProject } from '../../shared/schemas/project-request.ts'
import type { CronOptions } from '../../shared/schemas/schedule.ts'
import { viewProject } from '../records/project-view.ts'
import type { RunLogs } from '../runs/run-logs.ts'
import type { Runs } from '../runs/runs.ts'
import type { Schedules } from '../runs/schedules.ts'
import { readSchedule } from '../schedule/fire-times.ts'
import { nextRunTime } from '../schedule/next-run-time.ts'
import type { ChangeLists } from '../stages/change-lists.ts'
import type { Store } from '../store/store.ts'
import type { Topology } from '../topology.ts'
import { assertInScope, assertMayManage, type Identity } from '../users/roles.ts'
import type { MoveJournal } from './move-journal.ts'
import { createProjectCheck, type ProjectCheck } from './project-check.ts'
import type { ProjectFiles } from './project-files.ts'
import { createProjectInput, type ProjectInput, type ProjectInputDeps } from './project-input.ts'
import type { SlaveService } from './slave-service.ts'

export interface ProjectServiceDeps extends ProjectInputDeps {
  store: Store
  events: EventBus<MasterEvents>
  files: ProjectFiles
  /** Moves of files that are under way. */
  moves: MoveJournal
  schedules: Schedules
  runs: Pick<Runs, 'withTreeLock' | 'stopProject'>
  logs: RunLogs
  changes: ChangeLists
  slaves: SlaveService
  topology: Pick<Topology, 'placement' | 'seesDisk'>
}

export class ProjectService {
  readonly #deps: ProjectServiceDeps
  readonly #input: ProjectInput
  readonly #check: ProjectCheck
  #unsubscribe: readonly (() => void)[] = []

  constructor(deps: ProjectServiceDeps) {
    this.#deps = deps
    this.#input = createProjectInput(deps)
    this.#check = createProjectCheck(deps, this.#input.defaultOptions)
  }

  /** Reads which folders are taken; call once, before the first request. Other masters' changes are followed. */
  async start(): Promise<void> {
    await this.#finishMoves()
    const { store, files, events, topology } = this.#deps
    for (const project of await store.listProjects()) if (topology.seesDisk(project)) files.claim(project)
    const follow = ({ key, project }: MasterEvents['project.changed']): void => {
      if (topology.seesDisk(project)) files.follow({ ...project, key })
      else files.forget(key)
    }
    this.#unsubscribe = [
      events.on('project.added', follow),
      events.on('project.changed', follow),
      events.on('project.removed', ({ key }) => files.forget(key)),
    ]
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
  }

  /** A project by id. @throws {ProjectNotFound} */
  async find(id: string): Promise<StoredProject> {
    const project = await this.#deps.store.findProject(id)
    if (project !== null) return project
    const error = new ProjectNotFound(id)
    error.message += didYouMean(
      id,
      (await this.#deps.store.listProjects()).map((one) => one.id),
    )
    throw error
  }

  /** A project by id that the user may change. @throws {ProjectNotFound} @throws {NotOwner} @throws {ScopeForbidden} */
  async findManaged(by: Identity, id: string): Promise<StoredProject> {
    if (by.scope) assertInScope(by, await this.#deps.store.findProject(id))
    const project = await this.find(id)
    assertMayManage(by, project)
    return project
  }

  /** What is left out of the options that a request gives, as sentences. */
  notesOn(input: AddProject | UpdateProject): string[] {
    return this.#input.notesOn(input)
  }

  /** @throws coded errors that name the field that is wrong; nothing is stored then. */
  async add(by: Identity, input: AddProject): Promise<StoredProject> {
    const { store } = this.#deps
    const problems = new Problems()
    const project = this.#input.make(by, input, problems)
    await this.#check(by, project, problems)
    if (this.#deps.topology.seesDisk(project)) await this.#deps.files.assertChangeable(project, true)
    this.#deps.files.claim(project)
    try {
      await store.addProject(project)
    } catch (error) {
      this.#deps.files.release(project)
      throw error
    }
    if (this.#deps.topology.seesDisk(project)) await this.#deps.files.makeFolder(project)
    this.#deps.schedules.follow(project)
    this.#deps.events.publish('project.added', { id: project.id, key: project.key, project: viewProject(project) })
    return project
  }

  /**
   * Changes anything but the schedule. A new name or place moves what is mirrored already, on the master and the slaves;
   * another way of publishing converts it, on the slaves with their next sync.
   *
   * @throws {ProjectBusy} for a move or a conversion while the project is being synced.
   */
  async update(by: Identity, input: UpdateProject): Promise<StoredProject> {
    const seen = await this.findManaged(by, input.id)
    const problems = new Problems()
    const asked = this.#input.apply(by, seen, input, problems)
    await this.#check(by, asked, problems, seen)
    const change = (project: StoredProject) => {
      const changed = this.#input.apply(by, project, input, problems)
      problems.throwAny()
      return changed
    }
    if (input.source !== undefined && this.#deps.topology.seesDisk(asked)) await this.#deps.files.makeFolder(asked)
    if (!touchesTree(seen, asked)) return this.#store(seen.key, change)
    return this.#deps.runs.withTreeLock(seen, async () => {
      // A run that ended a moment ago has made another generation.
      const before = await this.find(seen.id)
      return this.#move(before, change)
    })
  }

  /** Moves and converts what is mirrored already, and stores the change; all of it or nothing. */
  async #move(before: StoredProject, change: (project: StoredProject) => StoredProject): Promise<StoredProject> {
    const wanted = change(before)
    const moves = isMoved(before, wanted)
    const converts = wanted.publish !== before.publish
    const to = { ...wanted, publish: before.publish }
    // A tree that cannot be converted is not moved either.
    if (converts) await this.#deps.files.assertChangeable({ ...before, publish: 'atomic' }, true)
    if (moves) await this.#deps.moves.begin({ from: before, to })
    if (moves) await this.#tryMove(before, to)
    let hasConverted = false
    try {
      if (converts) await this.#deps.files.convert(to, wanted.publish)
      hasConverted = converts
      return await this.#store(before.key, change)
    } catch (error) {
      if (hasConverted) await this.#deps.files.convert(wanted, before.publish)
      if (moves) await this.#deps.files.move(wanted, before)
      throw error
    } finally {
      if (moves) await this.#deps.moves.end(before.key)
      if (moves && wanted.project !== before.project) void this.#deps.slaves.renameTrees(wanted)
    }
  }

  async #tryMove(from: StoredProject, to: StoredProject): Promise<void> {
    try {
      await this.#deps.files.move(from, to)
    } catch (error) {
      await this.#deps.moves.end(from.key)
      throw error
    }
  }

  /** After a kill between a move and its record: the files go back to where the record says that they are. */
  async #finishMoves(): Promise<void> {
    const { store, moves, files } = this.#deps
    for (const { from, to } of await moves.list()) {
      const stored = await store.findProjectByKey(from.key)
      const isStored = stored === null || (stored.dest === to.dest && stored.project === to.project)
      if (!isStored) await files.moveBack(to, from)
      await moves.end(from.key)
    }
  }

  /** Replaces the whole schedule; without any field the project has none. */
  async updateSchedule(by: Identity, id: string, options: CronOptions): Promise<StoredProject> {
    const { key } = await this.findManaged(by, id)
    const schedule = readSchedule(options, this.#deps.now())
    return this.#store(key, (project) => {
      // The one takes the place of the other.
      const interval_s = schedule === null ? (project.interval_s ?? null) : null
      const next = { ...project, cron_options: schedule, interval_s, due_again: false }
      return { ...next, next_run_time: nextRunTime(next, this.#deps.now()) }
    })
  }

  /** Enables or disables the schedule; an explicit sync works either way. */
  async setEnabled(by: Identity, id: string, enabled: boolean): Promise<StoredProject> {
    const { key } = await this.findManaged(by, id)
    return this.#store(key, (project) => ({
      ...project,
      enabled,
      next_run_time: nextRunTime({ ...project, enabled }, this.#deps.now()),
      due_again: project.due_again && enabled,
    }))
  }

  /** Removes a project, stopping what it does; its files go only with `purge`, on the slaves as well. */
  async remove(by: Identity, id: string, purge: boolean): Promise<void> {
    const found = await this.findManaged(by, id)
    const { key } = found
    // Nothing is removed when the folder is no longer the project's own, or its files are another user's.
    if (purge) await this.#deps.files.assertOwn(found)
    if (purge) await this.#deps.files.assertChangeable(found, true)
    this.#deps.schedules.forget(key)
    await this.#deps.runs.stopProject(key)
    const project = await this.find(id)
    await this.#deps.store.removeProject(key)
    this.#deps.events.publish('project.removed', { id, key })
    // One that was asked for in between would write what is removed.
    await this.#deps.runs.stopProject(key)
    try {
      await this.#deps.logs.removeAll(key)
      await this.#deps.changes.removeAll(key)
      await (purge ? this.#deps.files.purge(project) : this.#deps.files.leave(project))
    } finally {
      this.#deps.files.release(project)
      await this.#deps.slaves.removeTrees(key, project.project, purge)
    }
  }

  async #store(key: string, change: (project: StoredProject) => StoredProject): Promise<StoredProject> {
    const project = await this.#deps.store.updateProject(key, change)
    this.#deps.schedules.follow(project)
    this.#deps.events.publish('project.changed', { id: project.id, key, project: viewProject(project) })
    return project
  }
}

function isMoved(before: StoredProject, wanted: StoredProject): boolean {
  return wanted.dest !== before.dest || wanted.project !== before.project
}

/** True for a change that nothing may come between: of where the tree is, how it is published, or whose it is. */
function touchesTree(before: StoredProject, wanted: StoredProject): boolean {
  return isMoved(before, wanted) || wanted.publish !== before.publish || wanted.lead !== before.lead
}
