// Reads the mirrors of a tunasync worker.conf as projects (tunasync, worker/config.go). Pure.

import { parse } from 'smol-toml'
import type { Fleet, FleetProject } from './fleet-file.ts'

const SUPPORTED = [
  'name',
  'provider',
  'upstream',
  'interval',
  'mirror_dir',
  'username',
  'password',
  'stage1_profile',
  'rsync_options',
]
const MINUTES_A_DAY = 1_440

/** A project for each rsync mirror, and what was left out, with the reason. */
export function importTunasync(text: string): { fleet: Fleet; left: string[] } {
  const config = parse(text) as { global?: Record<string, unknown>; mirrors?: Record<string, unknown>[] }
  const root = String(config.global?.mirror_dir ?? '/srv/mirrors')
  const left: string[] = []
  const projects = (config.mirrors ?? []).flatMap((mirror): FleetProject[] => {
    const name = String(mirror.name ?? '')
    const provider = String(mirror.provider ?? 'rsync')
    const url = /^rsync:\/\/([^:/]+)(?::(\d+))?\/(.+?)\/*$/.exec(String(mirror.upstream ?? ''))
    if (!['rsync', 'two-stage-rsync'].includes(provider) || url === null) {
      left.push(`${name} (provider ${provider}, upstream ${mirror.upstream}: only rsync daemons are supported)`)
      return []
    }
    for (const field of Object.keys(mirror))
      if (!SUPPORTED.includes(field)) left.push(`${name}: the field ${field} is not supported`)
    const dest = mirror.mirror_dir === undefined ? root : String(mirror.mirror_dir).replace(/\/[^/]+\/*$/, '')
    const minutes = Number(mirror.interval ?? config.global?.interval ?? 120)
    return [{ ...sourceOf(url), ...detailsOf(name, mirror), dest, schedule: scheduleOf(name, minutes, left) }]
  })
  return { fleet: { projects }, left }
}

function sourceOf([, host = '', port, module = '']: RegExpExecArray) {
  return { rsync_host: host, rsync_module: module, ...(port === undefined ? {} : { rsync_port: Number(port) }) }
}

function detailsOf(name: string, mirror: Record<string, unknown>) {
  return {
    project: name.replace(/[^A-Za-z0-9._-]/g, '-'),
    ...(typeof mirror.username === 'string' ? { rsync_user: mirror.username } : {}),
    ...(mirror.password === undefined ? {} : { rsync_password: { env: variableOf(name) } }),
    ...(mirror.provider === 'two-stage-rsync' ? { stages: 'debian' as const } : {}),
    ...(Array.isArray(mirror.rsync_options) ? { rsync_options: { basic: mirror.rsync_options.map(String) } } : {}),
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
