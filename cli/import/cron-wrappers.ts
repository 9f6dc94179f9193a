// Reads what stands before a command in a line of cron: variables, and programs that start it. Pure.

import type { FoundProject, Remark } from './plan.ts'
import { readProxy } from './proxy.ts'
import { reasons } from './reasons.ts'
import { hideSecrets, type ShellWord } from './shell.ts'

export interface Wrapping {
  remarks: Remark[]
  fields: Pick<FoundProject['fields'], 'timeout_s' | 'proxy'>
  hasPassword: boolean
  /** A program of which it is not known how it starts the command, or where. */
  stranger: string | null
}

/** Programs that start others, and what a project has in their place. */
const WRAPPERS = reasons({
  'flock lockf lckdo lockrun setlock with-lock-ex run-one': 'a project never runs twice at once',
  'nice ionice chrt taskset': 'give the master its priority in its unit (Nice=, IOSchedulingClass=)',
  trickle: 'bandwidth is limited by --bwlimit',
  'chronic cronic nohup setsid logger systemd-cat time command exec stdbuf':
    'the master keeps the log of each run, and tells of failures',
  'sudo su runuser setpriv doas': 'the master pulls as its own user, which must own the tree',
  'sh bash dash zsh ksh env if then else do while until ! {': '',
})

const UNITS: ReadonlyMap<string, number> = new Map(Object.entries({ s: 1, m: 60, h: 3600, d: 86_400 }))

export function readWrapping(words: readonly ShellWord[]): Wrapping {
  const found: Wrapping = { remarks: [], fields: {}, hasPassword: false, stranger: null }
  const texts = words.map(({ text }) => text)
  while (texts.length > 0) {
    const next = texts.findIndex((text, at) => at > 0 && isStart(text))
    readPart(texts.splice(0, next < 0 ? texts.length : next), found)
  }
  return found
}

const isVariable = (text: string): boolean => /^[A-Za-z_]\w*=/.test(text)
const nameOf = (text: string): string => text.split('/').at(-1) ?? ''
const isStart = (text: string): boolean => isVariable(text) || nameOf(text) === 'timeout' || WRAPPERS.has(nameOf(text))

/** A variable, or a program with its options. */
function readPart(part: readonly string[], found: Wrapping): void {
  const [first = ''] = part
  const what = hideSecrets(part.join(' '))
  const why = WRAPPERS.get(nameOf(first))
  const seconds = nameOf(first) === 'timeout' ? readDuration(part.at(-1) ?? '') : 0
  if (first.startsWith('RSYNC_PASSWORD=')) found.hasPassword = true
  else if (first.startsWith('RSYNC_PROXY='))
    Object.assign(found.fields, readProxy(first.slice('RSYNC_PROXY='.length), found.remarks))
  else if (isVariable(first)) found.remarks.push({ what, result: 'left', why: 'rsync gets an environment of its own' })
  else if (seconds > 0) {
    found.fields.timeout_s = seconds
    found.remarks.push({ what, result: 'changed', why: 'the field timeout_s says it' })
  } else if (why === undefined) found.stranger ??= first
  else if (why !== '') found.remarks.push({ what, result: 'changed', why })
}

/** As timeout(1) has it. */
function readDuration(text: string): number {
  const [, digits, unit = 's'] = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text) ?? []
  return digits === undefined ? 0 : Math.ceil(Number(digits) * (UNITS.get(unit || 's') ?? 1))
}
