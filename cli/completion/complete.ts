// The work of the hidden command that the completion scripts call: prints what may stand in the place of the word that is typed.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { createApiClient } from '../../shared/api/client.ts'
import { readyAuthorization } from '../authorization.ts'
import { chooseLogin } from '../choose-login.ts'
import { readLogins } from '../saved-login.ts'
import { kindOf } from './kinds.ts'
import { type Asked, listNames, type Name } from './names.ts'
import { type ArgumentPlace, findPlace, type Place, readGlobals, type ValuePlace } from './place.ts'

/** So long does a person wait for a shell. */
const LIMIT_MS = 1_500
const MAX_NAMES = 10_000
const MAX_LENGTH = 300
const MAX_ABOUT = 70

/** Prints nothing when something is wrong, and ends the process: a master that does not answer holds nobody up. */
export async function printCompletions(program: Command, words: readonly string[]): Promise<void> {
  const late = sleep(LIMIT_MS).then(() => '')
  const text = await Promise.race([complete(program, words, process.env), late]).catch(() => '')
  process.stdout.write(text, () => process.exit(0))
}

/**
 * `words` are those after the program's name, with the one that is typed last. The first line of the answer is `files`
 * when the shell is to complete the name of a file, else `values`; each line after it is a value, with a tab and a few
 * words on it where there are some.
 */
export async function complete(program: Command, words: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const before = words.slice(0, -1)
  const typed = words.at(-1) ?? ''
  const place = findPlace(program, before, typed)
  if ((place.what === 'argument' || place.what === 'value') && kindOf(place) === 'file') return 'files\n'
  const prefix = place.what === 'value' ? place.before : ''
  const connect = async () => {
    const options = readGlobals(program, before)
    const { url, login } = chooseLogin(options, env, readLogins(env))
    const authorization = readyAuthorization(options, env, login)
    if (authorization === null) throw new Error('no log-in')
    return createApiClient(url, () => authorization)
  }
  const given = place.what === 'argument' || place.what === 'value' ? place.given : []
  const names = await namesFor(place, { typed: typed.slice(prefix.length), given, env, connect })
  const lines = names
    .filter((name) => isSafe(name.value, place) && `${prefix}${name.value}`.startsWith(typed))
    .slice(0, MAX_NAMES)
    .map(({ value, about }) => `${prefix}${value}${about === undefined ? '' : `\t${shorten(about)}`}\n`)
  return `values\n${[...new Set(lines)].join('')}`
}

async function namesFor(place: Place, asked: Asked): Promise<readonly Name[]> {
  switch (place.what) {
    case 'nothing':
      return []
    case 'command':
      return place.command.commands.map((one) => ({ value: one.name(), about: one.description() }))
    case 'option':
      return optionNames(place.command)
    default:
      return valueNames(place, asked)
  }
}

async function valueNames(place: ArgumentPlace | ValuePlace, asked: Asked): Promise<readonly Name[]> {
  const kind = kindOf(place) ?? 'free'
  if (kind === 'free' || kind === 'file') return []
  if (typeof kind !== 'string') return kind.map((value) => ({ value }))
  const names = await listNames(kind, asked)
  // What is given already is not wanted twice.
  return place.of.variadic ? names.filter(({ value }) => !asked.given.includes(value)) : names
}

function optionNames(command: Command): Name[] {
  const own = command.options.map(({ long, description }) => ({ value: long ?? '', about: description }))
  return [...own, { value: '--help' }, ...(command.parent === null ? [] : optionNames(command.parent))]
}

/** A name with characters that move a terminal's cursor, or one that would be read as an option, is not offered. */
function isSafe(value: unknown, { what }: Place): boolean {
  if (typeof value !== 'string' || value === '' || value.length > MAX_LENGTH || UNPRINTABLE.test(value)) return false
  return what === 'option' || !value.startsWith('-')
}

const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u

function shorten(text: string): string {
  const line = text.replaceAll(new RegExp(UNPRINTABLE, 'gu'), ' ')
  return line.length <= MAX_ABOUT ? line : `${line.slice(0, MAX_ABOUT - 1)}…`
}
