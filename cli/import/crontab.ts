// Reads the rsync lines of a crontab (crontab(5)). Pure.

import { IANAZone } from 'luxon'
import { readCronLine } from '../../shared/cron/cron-line.ts'
import { type CronCommand, findRsync } from './cron-command.ts'
import { type Around, type Found, leave, type ReadConfig, type Remark } from './plan.ts'
import { readRsyncCommand } from './rsync-command.ts'
import { hideSecrets } from './shell.ts'

/** What the lines before have set: for the commands, and for the times. */
interface Settings {
  variables: Map<string, string>
  zone: string | null
}

export function readCrontab(text: string, around: Around): ReadConfig {
  const settings: Settings = { variables: new Map(), zone: null }
  const found: Found[] = []
  const remarks: Remark[] = []
  for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
    const [, name, value] = /^["']?([A-Za-z_]\w*)["']?\s*=\s*(.*)$/.exec(line) ?? []
    if (line === '' || line.startsWith('#')) continue
    if (name !== undefined && value !== undefined)
      remarks.push(...set(settings, name, value.replace(/^(["'])(.*)\1$/, '$2')))
    else found.push(...readLine(line, settings, around))
  }
  return { found, remarks }
}

function set(settings: Settings, name: string, value: string): Remark[] {
  settings.variables.set(name, value)
  if (name === 'MAILTO' && value !== '')
    return [{ what: `MAILTO=${value}`, result: 'left', why: 'MAIL_TO of the master says who is told of failures' }]
  if (name !== 'CRON_TZ' && name !== 'TZ') return []
  // What CRON_TZ says of the times, TZ does not take back.
  if (name === 'TZ' && settings.variables.has('CRON_TZ')) return []
  settings.zone = IANAZone.isValidZone(value) ? value : null
  if (settings.zone !== null && name === 'CRON_TZ') return []
  if (settings.zone !== null)
    return [
      {
        what: `TZ=${value}`,
        result: 'changed',
        why: 'the times are in that zone; some crons take TZ for the commands alone',
      },
    ]
  return [{ what: `${name}=${value}`, result: 'left', why: 'it is not the name of a time zone, such as Europe/Paris' }]
}

/** One project for each rsync of a line. */
function readLine(line: string, settings: Settings, around: Around): Found[] {
  const shown = hideSecrets(line)
  try {
    const { schedule, eitherDay, rest } = readCronLine(line)
    const [, user = null, own = rest] = around.userField ? (/^(\S+)\s+(.*)$/s.exec(rest) ?? []) : []
    const commands = findRsync(takeInput(own), settings.variables)
    if (commands.length === 0) throw new Error('it does not run rsync')
    const zone = settings.zone ?? around.timezone
    const times = eitherDay ? null : { ...schedule, ...(isUtc(zone) ? {} : { timezone: zone }) }
    const remarks = remarksOn(line, times, zone, settings)
    const found = commands.map((command) =>
      readCommand(command, { shown, times, remarks, user, readFile: around.readFile }),
    )
    return found.map((one, index) => (isPass(one, found.slice(index + 1)) ? leave(shown, PASS) : one))
  } catch (error) {
    return [leave(shown, error instanceof Error ? error.message : String(error))]
  }
}

/** The last pass into a folder is the one that deletes. */
const PASS = 'a later rsync of the line fills the same folder; `stages` gives a project two passes'

function isPass({ project }: Found, later: readonly Found[]): boolean {
  const folder = project?.folder.replace(/\/+$/, '')
  return folder !== undefined && later.some((one) => one.project?.folder.replace(/\/+$/, '') === folder)
}

const isUtc = (zone: string): boolean => /^(Etc\/)?(UTC|UCT|GMT|Universal|Zulu)$/i.test(zone)

/** Everything after a % that is not escaped is the command's input, and no part of it. */
function takeInput(command: string): string {
  return command.replace(/(?<!\\)%.*$/s, '').replaceAll('\\%', '%')
}

function remarksOn(line: string, times: object | null, zone: string, settings: Settings): Remark[] {
  const fields = line.startsWith('@') ? line.split(/\s+/, 1) : line.split(/\s+/, 5)
  if (times === null) {
    const why =
      'cron runs when the day or the weekday matches, a schedule when both do; the project has no schedule until you set one'
    return [{ what: `schedule ${fields.join(' ')}`, result: 'left', why }]
  }
  if (settings.zone !== null || isUtc(zone)) return []
  return [
    { what: 'time zone', result: 'changed', why: `the crontab names none, so it is ${zone}, that of this machine` },
  ]
}

interface Line {
  shown: string
  times: Record<string, string> | null
  remarks: readonly Remark[]
  /** Who runs it, where the line says so. */
  user: string | null
  readFile: Around['readFile']
}

function readCommand(command: CronCommand, { shown, times, remarks, user, readFile }: Line): Found {
  try {
    if (command.problem !== null) throw new Error(command.problem)
    const { project, remarks: more } = readRsyncCommand(command.words, readFile)
    const hasPassword = project.hasPassword || command.hasPassword
    // rsync logs in as whoever runs it.
    const needsUser = hasPassword && project.fields.rsync_user === undefined
    const noUser: Remark = {
      what: 'rsync_user',
      result: 'left',
      why: 'rsync logged in as the user who ran it; add that name to the file',
    }
    return {
      called: shown,
      project: {
        ...project,
        hasPassword,
        fields: {
          ...project.fields,
          ...(needsUser && user !== null ? { rsync_user: user } : {}),
          ...command.fields,
          ...(times === null ? {} : { schedule: times }),
        },
      },
      remarks: [...remarks, ...more, ...command.remarks, ...(needsUser && user === null ? [noUser] : [])],
    }
  } catch (error) {
    return leave(shown, error instanceof Error ? error.message : String(error))
  }
}
