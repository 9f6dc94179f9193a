// Reads the rsync lines of a crontab as projects (crontab(5)). Pure.

import { readCronLine } from './cron-line.ts'
import type { Fleet, FleetProject } from './fleet-file.ts'
import { keepAllowed, makeName, readUpstream, splitFolder } from './import-rsync.ts'

/** rsync's kinds of deletes; several in one command add up, and the last of those that say when counts. */
const DELETE = /^--del(ete(-(before|during|delay|after|excluded))?)?$/

/** A project for each line that pulls from an rsync daemon, and what was left out, with the reason. */
export function importCrontab(text: string, hasUserField: boolean): { fleet: Fleet; left: string[] } {
  const projects: FleetProject[] = []
  const left: string[] = []
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#') || /^[A-Za-z_]\w*\s*=/.test(line)) continue
    try {
      const { project: read, folder, notes } = readLine(line, hasUserField)
      const name = makeName(
        folder,
        projects.map((one) => one.project),
      )
      projects.push({ project: name, ...read })
      if (name !== folder) notes.push(`its folder was named ${folder}`)
      left.push(...notes.map((note) => `${name}: ${note}`))
    } catch (error) {
      left.push(`${line} (${error instanceof Error ? error.message : error})`)
    }
  }
  return { fleet: { projects }, left }
}

/** A line's project, but for its name; the name of its folder; and what was left out. */
function readLine(line: string, hasUserField: boolean) {
  const { schedule, eitherDay, rest } = readCronLine(line)
  const command = hasUserField ? rest.replace(/^\S+\s*/, '') : rest
  const words = splitShell(command)
  const at = words.findIndex((word) => /(^|\/)rsync$/.test(word))
  if (at < 0) throw new Error('it does not run rsync')
  const end = words.findIndex((word, index) => index > at && /^([|;&<>]|\d?>)/.test(word))
  const args = words.slice(at + 1, end < 0 ? undefined : end)
  const notes = end < 0 ? [] : [`what follows the rsync command: ${words.slice(end).join(' ')}`]
  const { source, destination, options } = readRsync(args, notes)
  const { dest, folder } = splitFolder(destination)
  if (eitherDay) notes.push('cron runs when the day or the weekday matches, Mirrorfleet when both match')
  const project: Omit<FleetProject, 'project'> = { ...source, dest, rsync_options: options, schedule }
  return { project, folder, notes }
}

function readRsync(args: readonly string[], notes: string[]) {
  const [places, options] = [args.filter((word) => !word.startsWith('-')), args.filter((word) => word.startsWith('-'))]
  const [from, destination, more] = places
  if (from === undefined || destination === undefined || more !== undefined)
    throw new Error('it does not have exactly one source and one destination')
  const deletes = options.filter((option) => DELETE.test(option))
  const kept = keepAllowed(
    options.filter((option) => !DELETE.test(option)),
    (note) => notes.push(note),
  )
  return {
    source: readUpstream(from),
    destination,
    options: {
      basic: [],
      defaults: kept,
      delete: deletes.find((one) => one === '--delete-excluded') ?? deletes.at(-1) ?? '',
    },
  }
}

/** Splits words as a shell does and removes quotes; nothing is expanded. */
function splitShell(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/["']/g, ''))
}
