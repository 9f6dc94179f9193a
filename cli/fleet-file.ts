// A fleet as a file: its slaves and projects in YAML or JSON. It names environment variables in place of secrets.

import { readFileSync } from 'node:fs'
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'
import { parse, stringify } from 'yaml'
import { Name, Nullable } from '../shared/schemas/common.ts'
import { DownstreamInput } from '../shared/schemas/downstream.ts'
import type { ProjectView } from '../shared/schemas/project.ts'
import { basicProperties } from '../shared/schemas/project-request.ts'
import { scheduleProperties } from '../shared/schemas/schedule.ts'
import { type Source, SourceInput } from '../shared/schemas/source.ts'
import { upstreamProperties } from '../shared/schemas/upstream-fields.ts'
import { UsageError } from './usage-error.ts'

/** A secret is never in the file: `{env: NAME}` names the variable that holds it when the file is applied. */
const Secret = Type.Object(
  { env: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }) },
  { additionalProperties: false },
)

const {
  rsync_password: _password,
  trigger_secret: _trigger,
  ssh_key: _key,
  source: _source,
  upstreams: _upstreams,
  downstreams: _downstreams,
  ...basics
} = basicProperties
const { rsync_password: _upstreamPassword, ...upstreamBasics } = upstreamProperties

const FleetUpstream = Type.Object(
  { ...upstreamBasics, rsync_password: Type.Optional(Nullable(Secret)) },
  { additionalProperties: false },
)
export type FleetUpstream = Static<typeof FleetUpstream>

const FleetDownstream = Type.Object(
  { url: DownstreamInput.properties.url, secret: Type.Optional(Nullable(Secret)) },
  { additionalProperties: false },
)
export type FleetDownstream = Static<typeof FleetDownstream>

/** Any value in it may be `{env: NAME}`. The master checks the fields of its kind. */
const FleetSource = Type.Object({ kind: Type.String() }, { additionalProperties: true })
export type FleetSource = Static<typeof FleetSource>

/** A field that is missing keeps its value; in a new project it takes the master's default. */
export const FleetProject = Type.Object(
  {
    id: Type.Optional(Name),
    ...basics,
    source: Type.Optional(FleetSource),
    upstreams: Type.Optional(Nullable(Type.Array(FleetUpstream))),
    downstreams: Type.Optional(Nullable(Type.Array(FleetDownstream))),
    rsync_password: Type.Optional(Nullable(Secret)),
    trigger_secret: Type.Optional(Nullable(Secret)),
    ssh_key: Type.Optional(Nullable(Secret)),
    schedule: Type.Optional(Nullable(Type.Object(scheduleProperties, { additionalProperties: false }))),
    enabled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type FleetProject = Static<typeof FleetProject>

export const FleetSlave = Type.Object(
  {
    hostname: Type.String({ minLength: 1 }),
    port: Type.Integer({ minimum: 1, maximum: 65535 }),
    upstream: Type.Optional(Nullable(Type.String())),
  },
  { additionalProperties: false },
)
export type FleetSlave = Static<typeof FleetSlave>

export const Fleet = Type.Object(
  {
    slaves: Type.Optional(Type.Array(FleetSlave)),
    projects: Type.Optional(Type.Array(FleetProject)),
    /** What an import tells of itself; it changes nothing. */
    plan: Type.Optional(Type.Array(Type.Unknown())),
  },
  { additionalProperties: false },
)
export type Fleet = Static<typeof Fleet>

/** @throws {UsageError} that names the field that is wrong, or the project that has both an interval and a schedule. */
export function readFleet(file: string): Fleet {
  let data: unknown
  try {
    data = parse(readFileSync(file === '-' ? 0 : file, 'utf8')) ?? {}
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
  if (Value.Check(Fleet, data)) {
    const torn = data.projects?.find(hasBoth)
    if (torn === undefined) return data
    throw new UsageError(`${file}: project ${torn.project}: interval_s and schedule exclude each other; leave one out`)
  }
  const [problem] = Value.Errors(Fleet, data)
  const where = problem?.instancePath.slice(1).replaceAll('/', '.') || 'the file'
  throw new UsageError(`${file}: ${where}: ${problem?.message ?? 'is not valid'}`)
}

/** Each would take the place of the other, with every apply. */
function hasBoth({ interval_s, schedule }: FleetProject): boolean {
  return interval_s != null && Object.keys(schedule ?? {}).length > 0
}

/** A fleet as YAML that `readFleet` reads. */
export function writeFleet(fleet: Fleet): string {
  return stringify(fleet, { lineWidth: 0 })
}

/** The secret that the file names. @throws {UsageError} when its variable is not set. */
export function secretOf(secret: { env: string }, env: NodeJS.ProcessEnv, where: string): string {
  const value = env[secret.env]
  if (value !== undefined && value !== '') return value
  throw new UsageError(`${where}: the environment variable ${secret.env} is not set. It must hold the secret.`)
}

/** Upstreams as the master shows them. A password that the file leaves out is as in `present`: it stays. */
export function upstreamsShown(
  upstreams: readonly FleetUpstream[] | null,
  present: ProjectView['upstreams'],
  usualPort: number,
) {
  return (upstreams ?? []).map((upstream, index) => {
    const { rsync_host, rsync_module, rsync_port = usualPort, rsync_user = null, rsync_password } = upstream
    const has_password = hasAfter(rsync_password, present[index]?.has_password)
    return { rsync_host, rsync_port, rsync_module, rsync_user, has_password }
  })
}

/** Downstreams as the master shows them. A secret that the file leaves out is as in `present`: it stays. */
export function downstreamsShown(downstreams: readonly FleetDownstream[] | null, present: ProjectView['downstreams']) {
  return (downstreams ?? []).map(({ url, secret }, index) => ({
    url,
    has_secret: hasAfter(secret, present[index]?.has_secret),
  }))
}

function hasAfter(secret: object | null | undefined, has = false): boolean {
  return secret === undefined ? has : secret !== null
}

/** A source with the secrets that the file names. @throws {UsageError} as `secretOf`, or when it is no source. */
export function sourceIn(source: FleetSource, env: NodeJS.ProcessEnv, where: string): Source {
  const fill = (value: unknown): unknown => {
    if (Value.Check(Secret, value)) return secretOf(value, env, where)
    if (Array.isArray(value)) return value.map(fill)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fill(one)]))
  }
  const filled = fill(source)
  if (Value.Check(SourceInput, filled)) return filled
  const [problem] = Value.Errors(SourceInput, filled)
  throw new UsageError(
    `${where}: source${problem?.instancePath.replaceAll('/', '.')}: ${problem?.message ?? 'is no source'}`,
  )
}

/** A source without its secrets, as the master shows it. */
export function sourceShown(source: FleetSource): unknown {
  const hide = (value: unknown): unknown => {
    if (Value.Check(Secret, value)) return null
    if (Array.isArray(value)) return value.map(hide)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hide(one)]))
  }
  return hide(source)
}

/** A source as the master shows it, with the names of variables in the places of its secrets. */
export function sourceToFile(source: Source, variable: (name: string) => { env: string }): FleetSource {
  if (!('secrets' in source) || source.secrets === undefined) return source
  const names = Object.keys(source.secrets)
  const secrets = Object.fromEntries(names.map((name) => [name, variable(name.toUpperCase())]))
  return Object.assign({ ...source }, { secrets })
}
