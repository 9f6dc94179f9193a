// The rules of projects: what may be added and changed, by whom, and where their files lie.

import { randomBytes } from 'node:crypto'
import type { Settings } from '../../settings.ts'
import { atField, type FieldError, InvalidSchedule, ProjectBusy, ProjectNotFound } from '../../shared/errors.ts'
import type { EventBus } from '../../shared/events.ts'
import { normalizeInside } from '../../shared/paths.ts'
import { checkOptions, splitOptions } from '../../shared/rsync/options.ts'
import { assertHost, assertModule } from '../../shared/rsync/source.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type {
  AddProject,
  RsyncOptions,
  RsyncOptionsInput,
  StoredProject,
  UpdateProject,
} from '../../shared/schemas/project.ts'
import type { CronOptions } from '../../shared/schemas/schedule.ts'
import { assertMayManage, type Identity } from '../auth/roles.ts'
import { readSchedule } from '../schedule/fire-times.ts'
import type { SecretBox } from '../store/secret-box.ts'
import type { Store } from '../store/store.ts'
import type { ChangeLists } from '../sync/change-lists.ts'
import { decidePublished } from '../sync/publish-rules.ts'
import type { RunLogs } from '../sync/run-logs.ts'
import type { RunService } from '../sync/run-service.ts'
import { viewProject } from '../sync/view-project.ts'
import type { ProjectFiles } from './project-files.ts'
import { nextRunTime, type ScheduleService } from './schedule-service.ts'
import type { SlaveService } from './slave-service.ts'

export interface ProjectServiceDeps {
  settings: Settings
  store: Store
  events: EventBus<MasterEvents>
  files: ProjectFiles
  schedules: ScheduleService
  runs: RunService
  logs: RunLogs
  changes: ChangeLists
  slaves: SlaveService
  box: Pick<SecretBox, 'seal'>
  now: () => number
}

const DEFAULT_RSYNC_PORT = 873

export class ProjectService {
  readonly #deps: ProjectServiceDeps

  constructor(deps: ProjectServiceDeps) {
    this.#deps = deps
  }

  /** Reads which folders are taken; call once, before the first request. */
  async start(): Promise<void> {
    for (const project of await this.#deps.store.listProjects()) this.#deps.files.claim(project)
  }

  /** A project by id. @throws {ProjectNotFound} */
  async find(id: string): Promise<StoredProject> {
    const project = await this.#deps.store.findProject(id)
    if (project === null) throw new ProjectNotFound(id)
    return project
  }

  /** A project by id that the user may change. @throws {ProjectNotFound} @throws {NotOwner} */
  async findManaged(by: Identity, id: string): Promise<StoredProject> {
    const project = await this.find(id)
    assertMayManage(by, project)
    return project
  }

  /** @throws coded errors that name the field that is wrong; nothing is stored then. */
  async add(by: Identity, input: AddProject): Promise<StoredProject> {
    const { settings, store, now } = this.#deps
    const schedule = input.cron_options ? this.#readCronOptions(input.cron_options) : null
    const project: StoredProject = {
      id: input.id ?? input.project,
      project: input.project,
      key: `${input.project.toLowerCase()}-${randomBytes(3).toString('hex')}`,
      owner: by.username,
      enabled: true,
      rsync_host: input.rsync_host,
      rsync_port: input.rsync_port ?? DEFAULT_RSYNC_PORT,
      rsync_module: input.rsync_module,
      rsync_user: input.rsync_user ?? null,
      rsync_password: this.#seal(input.rsync_password),
      dest: normalizeInside(settings.DEST_ROOT, input.dest),
      rsync_options: this.#readOptions(input.rsync_options ?? {}),
      cron_options: schedule,
      next_run_time: nextRunTime({ enabled: true, cron_options: schedule }, now()),
      publish: input.publish ?? 'in_place',
      publish_quorum: input.publish_quorum ?? null,
      publish_timeout_s: input.publish_timeout_s ?? null,
      stages: input.stages ?? 'single',
      delete_guard_percent: input.delete_guard_percent ?? null,
      webhooks: input.webhooks ?? [],
      generation: 0,
      total_files: null,
      total_size: null,
      last_run: null,
      last_success_at: null,
      created_at: new Date(now()).toISOString(),
      runs_made: 0,
      last_queued_at: null,
      active_runs: [],
      due_again: false,
      tag: null,
      anchors: {},
      published: null,
    }
    await this.#check(project)
    this.#deps.files.claim(project)
    try {
      await store.addProject(project)
    } catch (error) {
      this.#deps.files.release(project)
      throw error
    }
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
    const before = await this.findManaged(by, input.id)
    const wanted = this.#applyUpdate(before, input)
    await this.#check(wanted)
    const moves = wanted.dest !== before.dest || wanted.project !== before.project
    const converts = wanted.publish !== before.publish
    if ((moves || converts) && this.#deps.runs.isActive(before.key)) throw new ProjectBusy(before.id)
    if (moves) await this.#deps.files.move(before, { ...wanted, publish: before.publish })
    if (converts) await this.#deps.files.convert({ ...wanted, publish: before.publish }, wanted.publish)
    try {
      return await this.#store(before.key, (current) => convertRecord(current, this.#applyUpdate(current, input)))
    } catch (error) {
      if (converts) await this.#deps.files.convert(wanted, before.publish)
      if (moves) await this.#deps.files.move(wanted, before)
      throw error
    } finally {
      if (moves && wanted.project !== before.project) void this.#deps.slaves.renameTrees(wanted)
    }
  }

  /** Replaces the whole schedule; without any field the project has none. */
  async updateSchedule(by: Identity, id: string, options: CronOptions): Promise<StoredProject> {
    const { key } = await this.findManaged(by, id)
    const schedule = readSchedule(options, this.#deps.now())
    return this.#store(key, (project) => {
      const next = { ...project, cron_options: schedule, due_again: false }
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
    const { key } = await this.findManaged(by, id)
    this.#deps.schedules.forget(key)
    await this.#deps.runs.stopProject(key)
    const project = await this.find(id)
    await this.#deps.store.removeProject(key)
    this.#deps.events.publish('project.removed', { id, key })
    try {
      await this.#deps.logs.removeAll(key)
      await this.#deps.changes.removeAll(key)
      if (purge) await this.#deps.files.purge(project)
    } finally {
      this.#deps.files.release(project)
      await this.#deps.slaves.removeTrees(key, project.project, purge)
    }
  }

  #applyUpdate(project: StoredProject, input: UpdateProject): StoredProject {
    const { id: _id, rsync_options, dest, rsync_password, ...plain } = input
    const renamed = input.project !== undefined && input.project !== project.project
    return {
      ...project,
      ...plain,
      ...(renamed && input.project !== undefined ? { id: input.project } : {}),
      ...(dest === undefined ? {} : { dest: normalizeInside(this.#deps.settings.DEST_ROOT, dest) }),
      ...(rsync_password === undefined ? {} : { rsync_password: this.#seal(rsync_password) }),
      ...(rsync_options === undefined ? {} : { rsync_options: this.#readOptions(rsync_options) }),
    }
  }

  #seal(password: string | null | undefined): string | null {
    return password ? this.#deps.box.seal(password) : null
  }

  /** What is left out takes the settings' defaults, as in the original. */
  #readOptions(input: RsyncOptionsInput): RsyncOptions {
    const { RSYNC_DEFAULT_OPTIONS, RSYNC_DELETE_OPTION } = this.#deps.settings
    return {
      basic: input.basic ?? [],
      defaults: input.defaults ?? splitOptions(RSYNC_DEFAULT_OPTIONS),
      delete: input.delete ?? RSYNC_DELETE_OPTION,
    }
  }

  #readCronOptions(options: CronOptions) {
    try {
      return readSchedule(options, this.#deps.now())
    } catch (error) {
      if (!(error instanceof InvalidSchedule)) throw error
      const { field } = error as FieldError
      throw atField(error, field === undefined ? 'cron_options' : `cron_options.${field}`)
    }
  }

  async #check(project: StoredProject): Promise<void> {
    assertHost(project.rsync_host)
    assertModule(project.rsync_module)
    checkOptions(project.rsync_options)
    await this.#deps.files.check(project)
  }

  async #store(key: string, change: (project: StoredProject) => StoredProject): Promise<StoredProject> {
    const project = await this.#deps.store.updateProject(key, change)
    this.#deps.schedules.follow(project)
    this.#deps.events.publish('project.changed', { id: project.id, key, project: viewProject(project) })
    return project
  }
}

/** What is served stays what it is: the fleet goes on from there. */
function convertRecord(before: StoredProject, wanted: StoredProject): StoredProject {
  if (wanted.publish === before.publish) return wanted
  const { generation, tag, published } = before
  if (wanted.publish === 'atomic')
    return { ...wanted, published: tag === null ? null : decidePublished(before, { generation, tag }) }
  // A generation that was never published is gone with the tree that held it.
  return { ...wanted, published: null, tag: published?.tag === tag ? tag : null }
}
