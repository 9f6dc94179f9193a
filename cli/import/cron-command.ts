// Finds rsync in a command line of cron, behind flock, nice, sh -c and the like, and tells what else the line does. Pure.

import type { FoundProject, Remark } from './plan.ts'
import { hideSecrets, readShell, type ShellCommand, type ShellWord } from './shell.ts'

export interface CronCommand {
  /** What follows `rsync`. */
  words: string[]
  /** An expansion among them whose value cannot be told. */
  unknown: string | null
  hasPassword: boolean
  fields: Pick<FoundProject['fields'], 'timeout_s'>
  remarks: Remark[]
}

/** Every rsync of the line. What else there is stands among the remarks of the first. */
export function findRsync(line: string, variables: ReadonlyMap<string, string>, depth = 0): CronCommand[] {
  const found: CronCommand[] = []
  const others: Remark[] = []
  const known = new Map(variables)
  for (const command of readShell(line, known)) {
    if (assign(command, known)) continue
    const commands = rsyncOf(command, known, depth)
    if (commands.length === 0) others.push(other(command))
    found.push(...commands)
  }
  found[0]?.remarks.push(...others)
  return found
}

/** Variables of the shell hold for the commands that follow. */
function assign({ words }: ShellCommand, known: Map<string, string>): boolean {
  const assigned = words.map(({ text }) => /^(?:export$|([A-Za-z_]\w*)=(.*)$)/s.exec(text))
  if (assigned.length === 0 || assigned.some((one) => one === null)) return false
  for (const one of assigned) if (one?.[1] !== undefined) known.set(one[1], one[2] ?? '')
  return true
}

/** That of a command, or those of the line that it has another shell run. */
function rsyncOf(command: ShellCommand, known: ReadonlyMap<string, string>, depth: number): CronCommand[] {
  const inner = depth < 3 ? innerLine(command) : null
  const at = command.words.findIndex(({ text }) => /(^|\/)rsync$/.test(text))
  if (inner === null) return at < 0 ? [] : [readOne(command, at, known)]
  const within = findRsync(inner.line, known, depth + 1)
  const { remarks, fields, hasPassword } = wrap(command.words.slice(0, inner.at - 1))
  within[0]?.remarks.unshift(...remarks, ...remarksOnOutput(command))
  return within.map((one) => ({
    ...one,
    fields: { ...fields, ...one.fields },
    hasPassword: one.hasPassword || hasPassword,
  }))
}

/** What `sh -c`, `flock -c` or `su -c` run. */
function innerLine({ words }: ShellCommand): { line: string; at: number } | null {
  const at = words.findIndex(
    ({ text }, index) =>
      index > 0 &&
      /\brsync\b/.test(text) &&
      /\s/.test(text) &&
      /^(-\w*c|--command)$/.test(words[index - 1]?.text ?? ''),
  )
  return at < 0 ? null : { line: words[at]?.text ?? '', at }
}

function other({ words, redirections }: ShellCommand): Remark {
  const text = [...words.map((word) => word.text), ...redirections].join(' ')
  return {
    what: hideSecrets(text),
    result: 'left',
    why: 'a project runs nothing but its source; webhooks tell other programs of its runs',
  }
}

function remarksOnOutput({ redirections }: ShellCommand): Remark[] {
  const files = redirections.filter((one) => !one.includes('/dev/null') && !/^\d*>&\d$/.test(one))
  return files.map((what) => ({ what, result: 'left', why: '`mirrorfleet log` shows what rsync wrote, run by run' }))
}

function readOne(command: ShellCommand, at: number, variables: ReadonlyMap<string, string>): CronCommand {
  const [before, after] = [command.words.slice(0, at), command.words.slice(at + 1)]
  const { remarks, fields, hasPassword } = wrap(before)
  return {
    words: after.map(({ text }) => text),
    unknown: after.find(({ unknown }) => unknown !== null)?.unknown ?? null,
    hasPassword: hasPassword || variables.has('RSYNC_PASSWORD'),
    fields,
    remarks: [...remarks, ...remarksOnOutput(command)],
  }
}

/** Programs that start others, and what a project has in their place. */
const WRAPPERS: Readonly<Record<string, string>> = {
  ...like('flock lockf setlock run-one lockfile-create', 'a project never runs twice at once'),
  ...like('nice ionice chrt taskset', 'give the master its priority in its unit (Nice=, IOSchedulingClass=)'),
  ...like('trickle', 'bandwidth is limited by --bwlimit'),
  ...like(
    'chronic cronic nohup setsid logger time command exec stdbuf',
    'the master keeps the log of each run, and tells of failures',
  ),
  ...like('sudo su runuser setpriv doas', 'the master pulls as its own user, which must own the tree'),
  ...like('sh bash dash zsh ksh if ! { env', ''),
}

function like(names: string, why: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, why]))
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** What stands before a command: variables, and programs that start it. */
function wrap(words: readonly ShellWord[]): Pick<CronCommand, 'remarks' | 'fields' | 'hasPassword'> {
  const remarks: Remark[] = []
  let fields: CronCommand['fields'] = {}
  let hasPassword = false
  let index = 0
  while (index < words.length) {
    const next = words.findIndex(({ text }, at) => at > index && isStart(text))
    const part = words.slice(index, next < 0 ? undefined : next).map(({ text }) => text)
    index += part.length
    const text = part.join(' ')
    const name = part[0]?.split('/').at(-1) ?? ''
    const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(part.at(-1) ?? '') ?? []
    const seconds = Math.round(Number(digits) * (UNITS[unit] ?? 1))
    if (name.startsWith('RSYNC_PASSWORD=')) hasPassword = true
    else if (name === 'timeout' && seconds > 0) {
      fields = { timeout_s: seconds }
      remarks.push({ what: text, result: 'changed', why: 'the field timeout_s says it' })
    } else if (WRAPPERS[name] === undefined)
      remarks.push({ what: hideSecrets(text), result: 'left', why: 'a project has nothing in its place' })
    else if (WRAPPERS[name] !== '') remarks.push({ what: text, result: 'changed', why: WRAPPERS[name] })
  }
  return { remarks, fields, hasPassword }
}

const isStart = (text: string): boolean =>
  /^[A-Za-z_]\w*=/.test(text) || text === 'timeout' || WRAPPERS[text.split('/').at(-1) ?? ''] !== undefined
