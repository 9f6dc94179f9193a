// The rules of projects: what may be added and changed, by whom, and where their files lie.

import { NotAuthenticated, ProjectBusy, ProjectNotFound } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import { didYouMean } from '../../shared/nearest.ts'
import { Problems } from '../../shared/problems.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { AddProject, UpdateProject } from '../../shared/schemas/project-request.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { CronOptions } from '../../shared/schemas/schedule.ts'
import { viewProject } from '../records/project-view.ts'
import type { RunLogs } from '../runs/run-logs.ts'
import type { Runs } from '../runs/runs.ts'
import type { Schedules } from '../runs/schedules.ts'
import { readSchedule } from '../schedule/fire-times.ts'
import { nextRunTime } from '../schedule/next-run-time.ts'
import type { ChangeLists } from '../stages/change-lists.ts'
import { getProject, parseRunId, type Store } from '../store/store.ts'
import type { Topology } from '../topology.ts'
import { assertInScope, assertMayManage, type Identity } from '../users/roles.ts'
import { createProjectCheck, type ProjectCheck } from './project-check.ts'
import { createProjectInput, type ProjectInput, type ProjectInputDeps } from './project-input.ts'
import { createProjectMoves, type ProjectMoves, type ProjectMovesDeps, touchesTree } from './project-moves.ts'
import type { SlaveRemovals } from './slave-removals.ts'
import type { SlaveService } from './slave-service.ts'

export interface ProjectServiceDeps extends ProjectInputDeps, ProjectMovesDeps {
  store: Store
  events: EventBus<MasterEvents>
  schedules: Schedules
  runs: Pick<Runs, 'withTreeLock' | 'stopProject'>
  logs: RunLogs
  changes: ChangeLists
  slaves: Pick<SlaveService, 'renameTrees'>
  removals: Pick<SlaveRemovals, 'plan' | 'carryOut'>
  topology: Pick<Topology, 'placement' | 'seesDisk'>
}

export class ProjectService {
  readonly #deps: ProjectServiceDeps
  readonly #input: ProjectInput
  readonly #check: ProjectCheck
  readonly #moves: ProjectMoves
  #unsubscribe: readonly (() => void)[] = []

  constructor(deps: ProjectServiceDeps) {
    this.#deps = deps
    this.#input = createProjectInput(deps)
    this.#check = createProjectCheck(deps, this.#input.defaultOptions)
    this.#moves = createProjectMoves(deps)
  }

  /** Reads which folders are taken; call once, before the first request. Other masters' changes are followed. */
  async start(): Promise<void> {
    await this.#moves.finish()
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

  /** The same of a run, by its key: the id that the run names may be another project's by now. */
  async findManagedOf(by: Identity, { run, id }: Pick<Run, 'run' | 'id'>): Promise<StoredProject> {
    const project = await this.#deps.store.findProjectByKey(parseRunId(run)?.key ?? '')
    if (project === null) throw new ProjectNotFound(id)
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
    await this.#assertOwnerLeft(project)
    if (this.#deps.topology.seesDisk(project)) await this.#deps.files.makeFolder(project)
    this.#deps.schedules.follow(project)
    this.#deps.events.publish('project.added', { id: project.id, key: project.key, project: viewProject(project) })
    return project
  }

  /** The projects of a user who is removed go to another; one that is stored only then would be nobody's. */
  async #assertOwnerLeft(project: StoredProject): Promise<void> {
    const { store, files } = this.#deps
    if ((await store.findUser(project.owner)) !== null) return
    await store.removeProject(project.key)
    files.release(project)
    throw new NotAuthenticated(`The user "${project.owner}" has been removed.`)
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
      // It may have got another owner since.
      assertMayManage(by, project)
      const changed = this.#input.apply(by, project, input, problems)
      problems.throwAny()
      return changed
    }
    if (input.source !== undefined && this.#deps.topology.seesDisk(asked)) await this.#deps.files.makeFolder(asked)
    if (!touchesTree(seen, asked))
      return this.#store(seen.key, (project) => {
        const changed = change(project)
        // It has another name, place or way of publishing since it was looked at, and the request names the one before.
        if (touchesTree(project, changed)) throw new ProjectBusy(project.id)
        return changed
      })
    return this.#deps.runs.withTreeLock(seen, async () => {
      // A run that ended a moment ago has made another generation.
      const before = await getProject(this.#deps.store, seen.key)
      const stored = await this.#moves.move(before, change(before), () => this.#store(before.key, change))
      if (stored.project !== before.project) void this.#deps.slaves.renameTrees(stored)
      return stored
    })
  }

  /** Replaces the whole schedule; without any field the project has none. */
  async updateSchedule(by: Identity, id: string, options: CronOptions): Promise<StoredProject> {
    const { key } = await this.findManaged(by, id)
    const schedule = readSchedule(options, this.#deps.now())
    return this.#store(key, (project) => {
      assertMayManage(by, project)
      // The one takes the place of the other.
      const interval_s = schedule === null ? (project.interval_s ?? null) : null
      const next = { ...project, cron_options: schedule, interval_s, due_again: false }
      return { ...next, next_run_time: nextRunTime(next, this.#deps.now()) }
    })
  }

  /** Enables or disables the schedule; an explicit sync works either way. */
  async setEnabled(by: Identity, id: string, enabled: boolean): Promise<StoredProject> {
    const { key } = await this.findManaged(by, id)
    return this.#store(key, (project) => {
      assertMayManage(by, project)
      const next_run_time = nextRunTime({ ...project, enabled }, this.#deps.now())
      return { ...project, enabled, next_run_time, due_again: project.due_again && enabled }
    })
  }

  /**
   * Removes a project, stopping what it does; its files go only with `purge`, on the slaves as well. Resolves to the ids of
   * the slaves that could not be told, which are told when they are back.
   */
  async remove(by: Identity, id: string, purge: boolean): Promise<string[]> {
    const found = await this.findManaged(by, id)
    const { key } = found
    if (purge) await this.#deps.files.assertPurgeable(found)
    const project = await this.#removeRecord(by, found, purge)
    // One that was asked for in between would write what is removed.
    await this.#deps.runs.stopProject(key)
    let told: string[] = []
    try {
      await this.#deps.logs.removeAll(key)
      await this.#deps.changes.removeAll(key)
      await (purge ? this.#deps.files.purge(project) : this.#deps.files.leave(project))
    } finally {
      this.#deps.files.release(project)
      told = await this.#deps.removals.carryOut({ key, project: project.project, purge })
    }
    return told
  }

  /** Stops the project and removes it from the store. One that could not be removed keeps its schedule. */
  async #removeRecord(by: Identity, found: StoredProject, purge: boolean): Promise<StoredProject> {
    const { key } = found
    this.#deps.schedules.forget(key)
    try {
      await this.#deps.runs.stopProject(key)
      const project = await this.#findAgain(by, found)
      await this.#deps.removals.plan({ key, project: project.project, purge })
      await this.#deps.store.removeProject(key)
      this.#deps.events.publish('project.removed', { id: project.id, key })
      return project
    } catch (error) {
      const kept = await this.#deps.store.findProjectByKey(key).catch(() => found)
      if (kept !== null) this.#deps.schedules.follow(kept)
      throw error
    }
  }

  /** Stopping takes a while, in which a project may get another name or owner, and its name may go to another one. */
  async #findAgain(by: Identity, { key, id }: StoredProject): Promise<StoredProject> {
    const project = await this.#deps.store.findProjectByKey(key)
    if (project === null) throw new ProjectNotFound(id)
    assertMayManage(by, project)
    return project
  }

  async #store(key: string, change: (project: StoredProject) => StoredProject): Promise<StoredProject> {
    const project = await this.#deps.store.updateProject(key, change)
    this.#deps.schedules.follow(project)
    this.#deps.events.publish('project.changed', { id: project.id, key, project: viewProject(project) })
    return project
  }
}
