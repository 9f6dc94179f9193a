// The steps that make a fleet match a file; none when it matches already. Pure.

import { isDeepStrictEqual } from 'node:util'
import { tidyOptions } from '../shared/rsync/tidy-options.ts'
import { USUAL_PORTS } from '../shared/schemas/choices.ts'
import type { ProjectView } from '../shared/schemas/project.ts'
import type { SlaveView } from '../shared/schemas/slave.ts'
import {
  downstreamsShown,
  type Fleet,
  type FleetProject,
  type FleetSlave,
  sourceShown,
  upstreamsShown,
} from './fleet-file.ts'

/** One step. `says` describes it to a person; `fields` are those of its request. */
export type Step =
  | { kind: 'add_slave' | 'change_slave'; says: string; slave: FleetSlave }
  | { kind: 'remove_slave'; says: string; slave: { hostname: string; port: number } }
  | { kind: 'add_project'; says: string; project: FleetProject }
  | { kind: 'update_project'; says: string; id: string; fields: Partial<FleetProject> }
  | { kind: 'replace_schedule'; says: string; id: string; schedule: NonNullable<FleetProject['schedule']> }
  | { kind: 'enable_project' | 'disable_project' | 'remove_project'; says: string; id: string }

export interface Present {
  projects: readonly ProjectView[]
  slaves: readonly SlaveView[]
}

/** Schedules with all fields filled in, as the master would store them, by the project's id. */
export type FullSchedules = ReadonlyMap<string, Readonly<Record<string, string>>>

const idOf = (project: FleetProject) => project.id ?? project.project
const slaveIdOf = (slave: FleetSlave) => `${slave.hostname.toLowerCase()}:${slave.port}`

/** The steps in an order that works. With `prunes`, slaves and projects that the file does not list are removed. */
export function planFleet(wanted: Fleet, present: Present, schedules: FullSchedules, prunes: boolean): Step[] {
  const { projects = [], slaves = [] } = wanted
  const named = new Set(projects.map(idOf))
  const pairs = projects.map((project) => [project, findPresent(project, present.projects, named)] as const)
  const steps: Step[] = [
    ...inOrder(slaves).flatMap((slave) => planSlave(slave, present.slaves)),
    ...pairs.flatMap(([project, found]) => planProject(project, found, schedules)),
  ]
  if (!prunes) return steps
  const goneProjects = present.projects.filter((one) => !pairs.some(([, found]) => found === one))
  const goneSlaves = present.slaves.filter(({ id }) => !slaves.some((slave) => slaveIdOf(slave) === id))
  return [
    ...steps,
    ...goneProjects.map(
      ({ id }): Step => ({ kind: 'remove_project', id, says: `- project ${id} (its files are kept)` }),
    ),
    // A slave that others pull from is removed after them.
    ...inOrder(goneSlaves)
      .reverse()
      .map(
        ({ hostname, port }): Step => ({
          kind: 'remove_slave',
          slave: { hostname, port },
          says: `- slave ${hostname}:${port}`,
        }),
      ),
  ]
}

/** Each slave comes after the one that it pulls from. */
function inOrder<S extends FleetSlave>(slaves: readonly S[]): S[] {
  const depth = (slave: FleetSlave, seen: readonly string[] = []): number => {
    const above = slaves.find((one) => slaveIdOf(one) === slave.upstream)
    return above === undefined || seen.includes(slaveIdOf(above)) ? 0 : 1 + depth(above, [...seen, slaveIdOf(slave)])
  }
  return [...slaves].sort((a, b) => depth(a) - depth(b))
}

function planSlave(slave: FleetSlave, present: readonly SlaveView[]): Step[] {
  const id = slaveIdOf(slave)
  const found = present.find((one) => one.id === id)
  if (found === undefined) return [{ kind: 'add_slave', slave, says: `+ slave ${id}` }]
  if (slave.upstream === undefined || slave.upstream === found.upstream) return []
  const says = `~ slave ${id}: upstream ${found.upstream ?? 'master'} -> ${slave.upstream ?? 'master'}`
  return [{ kind: 'change_slave', slave, says }]
}

/** A rename makes the new name the id, whatever id the file still names. `named`: the ids that the file names. */
function findPresent(
  wanted: FleetProject,
  present: readonly ProjectView[],
  named: ReadonlySet<string>,
): ProjectView | undefined {
  const byId = (id: string) => present.find((one) => one.id === id)
  const renamed = named.has(wanted.project) ? undefined : byId(wanted.project)
  return byId(idOf(wanted)) ?? renamed
}

const disableStep = (id: string): Step => ({ kind: 'disable_project', id, says: `~ project ${id}: disabled` })

function planProject(wanted: FleetProject, found: ProjectView | undefined, schedules: FullSchedules): Step[] {
  if (found === undefined) {
    const id = idOf(wanted)
    return [
      { kind: 'add_project', project: wanted, says: `+ project ${id}` },
      ...(wanted.enabled === false ? [disableStep(id)] : []),
    ]
  }
  const changed = changedFields(wanted, found)
  const steps: Step[] = []
  if (changed.length > 0) {
    const fields = Object.fromEntries(changed.map((name) => [name, wanted[name]]))
    const says = changed
      .map((name) => `~ project ${found.id}: ${name} ${show(name, found)} -> ${show(name, wanted)}`)
      .join('\n')
    steps.push({ kind: 'update_project', id: found.id, fields, says })
  }
  const id = changed.includes('project') ? wanted.project : found.id
  if (wanted.schedule !== undefined && !isSameSchedule(wanted.schedule, found, schedules.get(idOf(wanted))))
    steps.push({ kind: 'replace_schedule', id, schedule: wanted.schedule ?? {}, says: `~ project ${id}: schedule` })
  if (wanted.enabled === true && !found.enabled)
    steps.push({ kind: 'enable_project', id, says: `~ project ${id}: enabled` })
  return wanted.enabled === false && found.enabled ? [...steps, disableStep(id)] : steps
}

/** A secret cannot be compared: it is set when the project has none, and removed when the file says null. */
function changedFields(wanted: FleetProject, found: ProjectView): (keyof FleetProject)[] {
  const { id: _id, schedule: _schedule, enabled: _enabled, webhooks: _webhooks, ...shown } = wanted
  const { rsync_password, trigger_secret, ssh_key, ...plain } = shown
  const names = (Object.keys(plain) as (keyof typeof plain)[]).filter((name) => !isSame(name, wanted, found))
  const password = rsync_password !== undefined && (rsync_password !== null) !== found.has_password
  const trigger = trigger_secret !== undefined && (trigger_secret !== null) !== found.has_trigger_secret
  const key = ssh_key !== undefined && (ssh_key !== null) !== found.has_ssh_key
  return [
    ...names,
    ...(password ? (['rsync_password'] as const) : []),
    ...(trigger ? (['trigger_secret'] as const) : []),
    ...(key ? (['ssh_key'] as const) : []),
  ]
}

function isSame(name: keyof FleetProject, wanted: FleetProject, found: ProjectView): boolean {
  const [want, have] = [wanted[name], Object(found)[name]]
  if (name === 'dest') return String(want).replace(/\/+$/, '') === have
  if (name === 'source' && wanted.source !== undefined) return isDeepStrictEqual(sourceShown(wanted.source), have)
  if (name === 'upstreams' && wanted.upstreams !== undefined)
    return isDeepStrictEqual(
      upstreamsShown(wanted.upstreams, found.upstreams, USUAL_PORTS[wanted.transport ?? found.transport ?? 'rsync']),
      have,
    )
  if (name === 'downstreams' && wanted.downstreams !== undefined)
    return isDeepStrictEqual(downstreamsShown(wanted.downstreams, found.downstreams), have)
  return name === 'rsync_options' ? isSameOptions(wanted, found) : isDeepStrictEqual(want, have)
}

/** The master stores options without what it has no use for, and a time-out in its own field. */
function isSameOptions({ rsync_options = {}, io_timeout_s }: FleetProject, found: ProjectView): boolean {
  const { options, ioTimeoutS } = tidyOptions({ ...found.rsync_options, ...rsync_options })
  const isTimeout = ioTimeoutS === null || io_timeout_s !== undefined || found.io_timeout_s === ioTimeoutS
  return isTimeout && isDeepStrictEqual(options, found.rsync_options)
}

/** A date such as "tomorrow" means another day each time, so it is set only when the project has none. */
function isSameSchedule(
  wanted: FleetProject['schedule'],
  { cron_options: have }: ProjectView,
  full: Readonly<Record<string, string>> | undefined,
): boolean {
  if (!wanted || Object.keys(wanted).length === 0) return have === null
  if (have === null || full === undefined) return false
  const given = Object(wanted) as Record<string, string>
  const stored = Object(have) as Record<string, string>
  if (Object.entries(full).some(([field, value]) => stored[field] !== value)) return false
  if ((given.timezone ?? 'UTC') !== (stored.timezone ?? 'UTC')) return false
  return ['start_date', 'end_date'].every((field) => {
    const [want, has] = [Date.parse(given[field] ?? ''), Date.parse(stored[field] ?? '')]
    return given[field] === undefined ? Number.isNaN(has) : Number.isNaN(want) ? !Number.isNaN(has) : want === has
  })
}

function show(name: keyof FleetProject, of: ProjectView | FleetProject): string {
  return ['rsync_password', 'trigger_secret', 'ssh_key'].includes(name)
    ? '(secret)'
    : JSON.stringify(Object(of)[name] ?? null)
}
