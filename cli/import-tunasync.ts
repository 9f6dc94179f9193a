// Reads the mirrors of a tunasync worker.conf as projects (tunasync, worker/config.go). Pure.

import { parse } from 'smol-toml'
import type { Fleet, FleetProject } from './fleet-file.ts'
import { keepAllowed, makeName, readUpstream, splitFolder } from './import-rsync.ts'

const SUPPORTED = [
  'name',
  'provider',
  'upstream',
  'interval',
  'mirror_dir',
  'mirror_subdir',
  'username',
  'password',
  'stage1_profile',
  'rsync_options',
]
const PROVIDERS = ['rsync', 'two-stage-rsync']
const MINUTES_A_DAY = 1_440

type Mirror = Readonly<Record<string, unknown>>

/** A project for each rsync mirror, and what was left out, with the reason. */
export function importTunasync(text: string): { fleet: Fleet; left: string[] } {
  const config = parse(text) as { global?: Mirror; mirrors?: Mirror[] }
  const projects: FleetProject[] = []
  const left: string[] = []
  for (const mirror of config.mirrors ?? []) {
    const name = String(mirror.name ?? '')
    try {
      projects.push(readMirror(name, mirror, config.global ?? {}, projects, left))
    } catch (error) {
      left.push(`${name} (${error instanceof Error ? error.message : error})`)
    }
  }
  return { fleet: { projects }, left }
}

/** @throws {Error} with the reason why it cannot be a project. */
function readMirror(
  name: string,
  mirror: Mirror,
  all: Mirror,
  before: readonly FleetProject[],
  left: string[],
): FleetProject {
  const provider = String(mirror.provider ?? 'rsync')
  if (!PROVIDERS.includes(provider)) throw new Error(`its provider ${provider} is not one of ${PROVIDERS.join(', ')}`)
  const upstream = readUpstream(String(mirror.upstream ?? ''))
  const { dest, folder } = splitFolder(folderOf(mirror, name, String(all.mirror_dir ?? '/srv/mirrors')))
  const taken = before.map((one) => one.project)
  const project = makeName(folder, taken)
  const id = makeName(name, before.map(idOf))
  const tell = (note: string) => left.push(`${name}: ${note}`)
  for (const field of Object.keys(mirror)) if (!SUPPORTED.includes(field)) tell(`the field ${field} is not supported`)
  if (project !== folder) tell(`its folder was named ${folder}`)
  const schedule = scheduleOf(name, Number(mirror.interval ?? all.interval ?? 120), left)
  const details = detailsOf(name, mirror, tell)
  return { ...(id === project ? {} : { id }), project, ...upstream, ...details, dest, schedule }
}

const idOf = ({ id, project }: FleetProject) => id ?? project

/** A mirror's own mirror_dir is its folder; that of all is the folder above. */
function folderOf(mirror: Mirror, name: string, root: string): string {
  if (mirror.mirror_dir !== undefined) return String(mirror.mirror_dir)
  return [root, mirror.mirror_subdir, name].filter((part) => part !== undefined).join('/')
}

function detailsOf(name: string, mirror: Mirror, tell: (note: string) => void) {
  const options = Array.isArray(mirror.rsync_options) ? keepAllowed(mirror.rsync_options.map(String), tell) : []
  return {
    ...(typeof mirror.username === 'string' ? { rsync_user: mirror.username } : {}),
    ...(mirror.password === undefined ? {} : { rsync_password: { env: variableOf(name) } }),
    ...(mirror.provider === 'two-stage-rsync' ? { stages: 'debian' as const } : {}),
    ...(options.length === 0 ? {} : { rsync_options: { basic: options } }),
  }
}

/** tunasync waits for an interval after each run; a schedule has fixed times, so it takes the nearest divisor of a day. */
function scheduleOf(name: string, minutes: number, left: string[]): { minute: string; hour: string } {
  const divisors = [5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, MINUTES_A_DAY]
  const nearest = divisors.reduce((best, one) => (Math.abs(one - minutes) < Math.abs(best - minutes) ? one : best))
  if (nearest !== minutes) left.push(`${name}: the interval of ${minutes} minutes was changed to ${nearest} minutes`)
  if (nearest < 60) return { minute: `*/${nearest}`, hour: '*' }
  // The minute depends on the name, so that projects do not all start at once.
  const minute = String([...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 60)
  return { minute, hour: nearest === MINUTES_A_DAY ? '3' : `*/${nearest / 60}` }
}

function variableOf(name: string): string {
  return `MIRRORFLEET_${name.toUpperCase().replace(/\W/g, '_')}_PASSWORD`
}
