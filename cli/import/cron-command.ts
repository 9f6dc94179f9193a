// Finds rsync in a command line of cron, behind flock, nice, sh -c and the like, and tells what else the line does. Pure.

import { readWrapping, type Wrapping } from './cron-wrappers.ts'
import type { Remark } from './plan.ts'
import { readProxy } from './proxy.ts'
import { hideSecrets, readShell, type ShellCommand } from './shell.ts'

export interface CronCommand extends Omit<Wrapping, 'stranger'> {
  /** What follows `rsync`. */
  words: string[]
  /** Why it cannot be told what it does. */
  problem: string | null
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
  if (inner === null) return at < 0 ? [] : readOne(command, at, known)
  const within = findRsync(inner.line, known, depth + 1)
  const { remarks, fields, hasPassword, stranger } = readWrapping(command.words.slice(0, inner.at - 1))
  within[0]?.remarks.unshift(...remarks, ...remarksOnOutput(command))
  return within.map((one) => ({
    ...one,
    fields: { ...fields, ...one.fields },
    hasPassword: one.hasPassword || hasPassword,
    problem: one.problem ?? problemOf(stranger),
  }))
}

/** A program that is not known may start rsync elsewhere, or only ask for it. */
const problemOf = (stranger: string | null): string | null =>
  stranger === null ? null : `it runs rsync by way of ${stranger}; if that is a user, give --user-field`

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

function readOne(command: ShellCommand, at: number, variables: ReadonlyMap<string, string>): CronCommand[] {
  const [before, after] = [command.words.slice(0, at), command.words.slice(at + 1)]
  const { remarks, fields, hasPassword, stranger } = readWrapping(before)
  const named = readProxy(variables.get('RSYNC_PROXY') ?? null, remarks)
  const unknown = after.find((word) => word.unknown !== null)?.unknown
  // As in `pgrep rsync`.
  if (stranger !== null && !after.some(({ text }) => /::|^rsync:/.test(text))) return []
  return [
    {
      words: after.map(({ text }) => text),
      problem: unknown ? `it uses ${unknown}, whose value is not in the crontab` : problemOf(stranger),
      hasPassword: hasPassword || variables.has('RSYNC_PASSWORD'),
      fields: { ...named, ...fields },
      remarks: [...remarks, ...remarksOnOutput(command)],
    },
  ]
}
