// Reads the rsync lines of a crontab as projects (crontab(5)). Pure.

import { checkOptions } from '../shared/rsync/options.ts'
import type { Fleet, FleetProject } from './fleet-file.ts'

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** A project for each line that pulls from an rsync daemon, and what was left out, with the reason. */
export function importCrontab(text: string, hasUserField: boolean): { fleet: Fleet; left: string[] } {
  const projects: FleetProject[] = []
  const left: string[] = []
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#') || /^[A-Za-z_]\w*\s*=/.test(line)) continue
    try {
      const { project, notes } = readLine(line, hasUserField)
      const taken = projects.some((one) => one.project === project.project)
      projects.push(taken ? { ...project, project: `${project.project}-${projects.length + 1}` } : project)
      left.push(...notes.map((note) => `${project.project}: ${note}`))
    } catch (error) {
      left.push(`${line} (${error instanceof Error ? error.message : error})`)
    }
  }
  return { fleet: { projects }, left }
}

function readLine(line: string, hasUserField: boolean): { project: FleetProject; notes: string[] } {
  const plain = line.replace(/^@\w+/, (macro) => MACROS[macro.toLowerCase()] ?? macro)
  const parts = plain.split(/\s+/)
  if (parts.length < 6 || plain.startsWith('@')) throw new Error('its schedule cannot be imported')
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = parts
  const words = splitShell(parts.slice(hasUserField ? 6 : 5).join(' '))
  const at = words.findIndex((word) => /(^|\/)rsync$/.test(word))
  if (at < 0) throw new Error('it does not run rsync')
  const end = words.findIndex((word, index) => index > at && /^([|;&<>]|\d?>)/.test(word))
  const args = words.slice(at + 1, end < 0 ? undefined : end)
  const notes = end < 0 ? [] : [`what follows the rsync command: ${words.slice(end).join(' ')}`]
  const { source, dest, options } = readRsync(args, notes)
  if (day !== '*' && weekday !== '*')
    notes.push('cron runs when the day or the weekday matches, Mirrorfleet when both match')
  const schedule = {
    minute,
    hour,
    ...given('day', day),
    ...given('month', month),
    ...given('day_of_week', showDays(weekday)),
  }
  const name =
    dest
      .split('/')
      .filter(Boolean)
      .at(-1)
      ?.replace(/[^A-Za-z0-9._-]/g, '-') ?? 'project'
  const project = {
    project: name,
    ...source,
    dest: dest.replace(/\/+[^/]+\/*$/, '') || '/',
    rsync_options: options,
    schedule,
  }
  return { project, notes }
}

const given = (field: string, value: string) => (value === '*' ? {} : { [field]: value })

/** In cron 0 and 7 are Sunday; names mean the same everywhere. */
function showDays(field: string): string {
  return field === '*' ? field : field.replace(/(?<!\/)\b[0-7]\b/g, (digit) => DAYS[Number(digit)] ?? digit)
}

type Source = Pick<FleetProject, 'rsync_host' | 'rsync_module' | 'rsync_port' | 'rsync_user'>

function readRsync(args: readonly string[], notes: string[]) {
  const [places, options] = [args.filter((word) => !word.startsWith('-')), args.filter((word) => word.startsWith('-'))]
  const [from, dest, more] = places
  if (from === undefined || dest === undefined || more !== undefined)
    throw new Error('it does not have exactly one source and one destination')
  if (!dest.startsWith('/')) throw new Error('its destination is not an absolute path on this machine')
  const source = readSource(from)
  const isDelete = (option: string) => /^--del(ete(-(before|during|delay|after|excluded))?)?$/.test(option)
  const kept: string[] = []
  for (const option of options.filter((one) => !isDelete(one))) {
    try {
      checkOptions({ basic: [...kept, option], defaults: kept.length === 0 ? ['-r'] : [], delete: '' })
      kept.push(option)
    } catch (error) {
      try {
        checkOptions({ basic: [], defaults: [...kept, option], delete: '' })
        kept.push(option)
      } catch {
        notes.push(`${option}: ${error instanceof Error ? error.message : error}`)
      }
    }
  }
  return { source, dest, options: { basic: [], defaults: kept, delete: options.find(isDelete) ?? '' } }
}

function readSource(text: string): Source {
  const url = /^rsync:\/\/(?:([^@/]+)@)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/(.+)$/.exec(text)
  const short = /^(?:([^@/]+)@)?([^:/]+)::(.+)$/.exec(text)
  const [, user, host, port, module] =
    url ?? (short === null ? [] : [short[0], short[1], short[2], undefined, short[3]])
  if (host === undefined || module === undefined) throw new Error('its source is not an rsync daemon')
  return {
    rsync_host: host,
    rsync_module: module.replace(/\/+$/, ''),
    ...(port === undefined ? {} : { rsync_port: Number(port) }),
    ...(user === undefined ? {} : { rsync_user: user }),
  }
}

/** Splits words as a shell does and removes quotes; nothing is expanded. */
function splitShell(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/["']/g, ''))
}
