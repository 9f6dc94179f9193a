// Makes a stored project from a request, and applies a request to a stored project.

import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Settings } from '../../settings.ts'
import { atField, type FieldError, InvalidInput, InvalidSchedule } from '../../shared/errors.ts'
import type { Problems } from '../../shared/problems.ts'
import { splitOptions } from '../../shared/rsync/options.ts'
import { readSshKey } from '../../shared/rsync/ssh-key.ts'
import { showNote, tidyOptions } from '../../shared/rsync/tidy-options.ts'
import { USUAL_PORTS } from '../../shared/schemas/choices.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { additionsOf } from '../../shared/schemas/project-additions.ts'
import { connectionOf } from '../../shared/schemas/project-connection.ts'
import { limitsOf } from '../../shared/schemas/project-limits.ts'
import { KEPT_BY_DEFAULT, type RsyncOptions } from '../../shared/schemas/project-parts.ts'
import type { AddProject, RsyncOptionsInput, UpdateProject } from '../../shared/schemas/project-request.ts'
import type { CronOptions } from '../../shared/schemas/schedule.ts'
import type { Source } from '../../shared/schemas/source.ts'
import { sourceOf } from '../../shared/source-of.ts'
import { assertPullable, normalizeInside } from '../../shared/trees/paths.ts'
import { withPublished } from '../records/project.ts'
import { readSchedule } from '../schedule/fire-times.ts'
import { goesByInterval, nextRunTime } from '../schedule/next-run-time.ts'
import { parseSecrets, takeSecrets } from '../sources/secrets.ts'
import type { SecretBox } from '../store/secret-box.ts'
import type { Topology } from '../topology.ts'
import type { Identity } from '../users/roles.ts'
import { checkParts } from './check-parts.ts'
import { readDownstreams } from './downstreams-input.ts'
import { changeSource, defaultStages, NO_UPSTREAM, stagesOfChange } from './source-input.ts'
import { readUpstreams } from './upstreams-input.ts'

export interface ProjectInputDeps {
  settings: Settings
  box: SecretBox
  topology: Pick<Topology, 'placement'>
  now: () => number
}

export type ProjectInput = ReturnType<typeof createProjectInput>

/** What is stored of a project before its first run. */
export const NEVER_SYNCED = {
  generation: 0,
  total_files: null,
  total_size: null,
  last_run: null,
  last_success_at: null,
  runs_made: 0,
  last_queued_at: null,
  active_runs: [],
  due_again: false,
  tag: null,
  anchors: {},
  published: null,
}

export function createProjectInput({ settings, box, topology, now }: ProjectInputDeps) {
  const seal = (password: string | null | undefined): string | null => (password ? box.seal(password) : null)

  /** Those that are given. */
  const sealed = (secrets: Record<string, string | null | undefined>) =>
    Object.fromEntries(
      Object.entries(secrets).flatMap(([name, text]) => (text === undefined ? [] : [[name, seal(text)]])),
    )

  /** A part that is left out takes the setting's default, as in the original. */
  const fillOptions = (input: RsyncOptionsInput): RsyncOptions => ({
    basic: input.basic ?? [],
    defaults: input.defaults ?? splitOptions(settings.RSYNC_DEFAULT_OPTIONS),
    delete: input.delete ?? settings.RSYNC_DELETE_OPTION,
  })

  const tidy = (input: RsyncOptionsInput) => tidyOptions(fillOptions(input))
  const tidyFanOut = (input: RsyncOptionsInput) => tidyOptions(fillOptions(input), 'fan_out')

  const readFanOut = (input: RsyncOptionsInput | null | undefined): RsyncOptions | null =>
    input ? tidyFanOut(input).options : null

  const defaultOptions = tidy({}).options

  /** rsync's own `--timeout` is the project's `io_timeout_s`, unless the request has that too. */
  const readTimeout = ({ rsync_options, io_timeout_s }: Pick<UpdateProject, 'rsync_options' | 'io_timeout_s'>) => {
    const seconds = rsync_options === undefined ? null : tidy(rsync_options).ioTimeoutS
    return seconds === null || io_timeout_s !== undefined ? {} : { io_timeout_s: seconds }
  }

  /** What was left out of the options that a request gives, as sentences. */
  const notesOn = ({ rsync_options, fanout_options }: UpdateProject | AddProject): string[] => {
    const notes = rsync_options === undefined ? [] : tidy(rsync_options).notes
    const fanOut = fanout_options ? tidyFanOut(fanout_options).notes : []
    return [
      ...notes.map((note) => `rsync_options: ${showNote(note)}`),
      ...fanOut.map((note) => `fanout_options: ${showNote(note)}`),
    ]
  }

  const readDest = (dest: string | undefined): string => {
    const folder = normalizeInside(settings.DEST_ROOT, dest ?? settings.DEST_ROOT)
    assertPullable(settings.DEST_ROOT, folder)
    return folder
  }

  const readCronOptions = (options: CronOptions) => {
    try {
      return readSchedule(options, now())
    } catch (error) {
      if (!(error instanceof InvalidSchedule)) throw error
      const { field } = error as FieldError
      throw atField(error, field === undefined ? 'cron_options' : `cron_options.${field}`)
    }
  }

  const readUpstream = (input: AddProject) => ({
    rsync_host: input.rsync_host ?? '',
    rsync_port: input.rsync_port ?? usualPort(input),
    rsync_module: input.rsync_module ?? '',
    rsync_user: input.rsync_user ?? null,
    rsync_password: seal(input.rsync_password),
    rsync_options: tidy(input.rsync_options ?? {}).options,
    upstreams: readUpstreams(input.upstreams ?? null, [], seal, usualPort(input)),
    tolerated_exit_codes: input.tolerated_exit_codes ?? [],
  })

  /** The secrets of a source are sealed by themselves. What is the same stays as it is. */
  const readSource = (source: Source, before: StoredProject | null) => {
    const sealed = before !== null && sourceOf(before).kind === source.kind ? (before.source_secrets ?? null) : null
    const known = sealed === null ? {} : parseSecrets(box.open(sealed))
    const { shown, secrets } = takeSecrets(source, known)
    if (isDeepStrictEqual(secrets, known)) return { source: shown, source_secrets: sealed }
    return { source: shown, source_secrets: box.seal(JSON.stringify(secrets)) }
  }

  /** The next run time by a new jitter or interval. */
  const readTimes = (project: StoredProject, { jitter_s, interval_s }: UpdateProject) => {
    if (jitter_s === undefined && interval_s === undefined) return {}
    const { jitter_s: jitter = null, interval_s: interval = null } = project
    const next = {
      ...project,
      // The one takes the place of the other.
      ...(goesByInterval({ interval_s }) ? { cron_options: null } : {}),
      jitter_s: jitter_s === undefined ? jitter : jitter_s,
      interval_s: interval_s === undefined ? interval : interval_s,
    }
    return { cron_options: next.cron_options, next_run_time: nextRunTime(next, now()) }
  }

  /** Makes a new project. What is wrong goes to `problems`, and the project is of no use then. */
  const make = (by: Identity, input: AddProject, problems: Problems): StoredProject => {
    const { cron_options } = input
    const schedule = (cron_options && problems.try(() => readCronOptions(cron_options))) ?? null
    const key = `${input.project.toLowerCase()}-${randomBytes(3).toString('hex')}`
    const { jitter_s = null, interval_s = null } = input
    if (schedule !== null && interval_s !== null) problems.try(refuseBoth)
    const source = sourceOf(input)
    checkParts(source, input, problems)
    return {
      id: input.id ?? input.project,
      project: input.project,
      key,
      owner: by.username,
      enabled: true,
      ...readSource(source, null),
      ...(source.kind === 'rsync' ? readUpstream(input) : NO_UPSTREAM),
      trigger_secret: seal(input.trigger_secret),
      ssh_key: seal(problems.try(() => readKey(input))),
      dest: problems.try(() => readDest(input.dest)) ?? settings.DEST_ROOT,
      fanout_options: readFanOut(input.fanout_options),
      cron_options: schedule,
      jitter_s,
      interval_s,
      next_run_time: nextRunTime({ key, enabled: true, cron_options: schedule, jitter_s, interval_s }, now()),
      ...topology.placement(input.node, null),
      publish: input.publish ?? 'in_place',
      publish_quorum: input.publish_quorum ?? null,
      publish_timeout_s: input.publish_timeout_s ?? null,
      keep_generations: input.keep_generations ?? KEPT_BY_DEFAULT,
      ...limitsOf({ ...input, ...(source.kind === 'rsync' ? readTimeout({ rsync_options: {}, ...input }) : {}) }),
      ...readLayout(input),
      ...additionsOf(input),
      ...connectionOf(input),
      stages: input.stages ?? defaultStages({ source, layout: input.layout ?? 'plain' }),
      delete_guard_percent: input.delete_guard_percent ?? null,
      probe: input.probe ?? null,
      webhooks: input.webhooks ?? [],
      downstreams: readDownstreams(input.downstreams, [], seal),
      created_at: new Date(now()).toISOString(),
      ...NEVER_SYNCED,
    }
  }

  /** Returns the project with the changes. What is wrong goes to `problems`. */
  const apply = (by: Identity, project: StoredProject, input: UpdateProject, problems: Problems): StoredProject => {
    const { id: _id, source, upstreams, downstreams, dest, ...given } = input
    const { rsync_options, fanout_options, rsync_password, trigger_secret, ssh_key: _key, ...plain } = given
    checkParts(source ?? sourceOf(project), input, problems)
    const renamed = input.project !== undefined && input.project !== project.project
    return convertRecord(project, {
      ...project,
      ...changeSource(project, source, defaultOptions),
      ...(source === undefined ? {} : readSource(source, project)),
      ...stagesOfChange(project, input),
      ...plain,
      ...portOfChange(project, input),
      ...takenOver(by, project),
      ...topology.placement(input.node, project),
      ...(renamed && input.project !== undefined ? { id: input.project } : {}),
      ...(upstreams === undefined
        ? {}
        : { upstreams: readUpstreams(upstreams, project.upstreams ?? [], seal, usualPort({ ...project, ...input })) }),
      ...(downstreams === undefined
        ? {}
        : { downstreams: readDownstreams(downstreams, project.downstreams ?? [], seal) }),
      ...(dest === undefined ? {} : { dest: problems.try(() => readDest(dest)) ?? project.dest }),
      ...sealed({ rsync_password, trigger_secret, ssh_key: problems.try(() => readKey(input)) }),
      ...readTimes(project, input),
      ...(rsync_options === undefined ? {} : { rsync_options: tidy(rsync_options).options, ...readTimeout(input) }),
      ...(fanout_options === undefined ? {} : { fanout_options: readFanOut(fanout_options) }),
    })
  }

  return { make, apply, notesOn, defaultOptions }
}

function readKey({ ssh_key }: Pick<UpdateProject, 'ssh_key'>): string | null | undefined {
  return ssh_key ? readSshKey(ssh_key) : ssh_key
}

function usualPort({ transport = 'rsync' }: Pick<UpdateProject, 'transport'>): number {
  return USUAL_PORTS[transport]
}

/** Another transport has another port, where the one before was usual too. */
function portOfChange(before: StoredProject, { transport, rsync_port }: UpdateProject): Partial<StoredProject> {
  if (transport === undefined || rsync_port !== undefined || before.rsync_port !== usualPort(before)) return {}
  return { rsync_port: USUAL_PORTS[transport] }
}

function refuseBoth(): never {
  throw atField(new InvalidInput('interval_s: it goes without cron_options; give one of the two'), 'interval_s')
}

function readLayout({ layout, verify, verify_keyring, by_index }: AddProject): Partial<StoredProject> {
  return {
    ...(layout === undefined ? {} : { layout }),
    ...(verify === undefined ? {} : { verify }),
    ...(verify_keyring === undefined ? {} : { verify_keyring }),
    ...(by_index === undefined ? {} : { by_index }),
  }
}

/** When `publish` changes, the fleet keeps serving the same generation. */
function convertRecord(before: StoredProject, wanted: StoredProject): StoredProject {
  if (wanted.publish === before.publish) return wanted
  const { generation, tag, published } = before
  if (wanted.publish === 'atomic')
    return tag === null ? { ...wanted, published: null } : withPublished(wanted, { generation, tag })
  // A generation that was never published is gone with the tree that held it.
  return { ...wanted, published: null, tag: published?.tag === tag ? tag : null }
}

/** A root who changes what came from a user who is gone answers for its addresses from then on. */
function takenOver(by: Identity, { public_only }: StoredProject): Pick<StoredProject, 'public_only'> {
  return public_only && by.role === 'root' ? { public_only: false } : {}
}
