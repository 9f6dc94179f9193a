// Completes an error about an unknown command with the one that was probably meant. Pure.

import type { Command } from 'commander'

/** What other programs call it. */
const SYNONYMS: Readonly<Record<string, string>> = {
  rm: 'remove',
  delete: 'remove',
  del: 'remove',
  ls: 'list',
  create: 'add',
  new: 'add',
  edit: 'update',
  set: 'update',
  info: 'show',
  get: 'show',
  logs: 'log',
  run: 'sync',
  start: 'sync',
  kill: 'stop',
  cancel: 'stop',
}

/** `message` is commander's; `argv` what the user typed. */
export function withCommandAdvice(message: string, program: Command, argv: readonly string[]): string {
  const word = /^error: unknown command '([^']*)'\n?$/.exec(message)?.[1]
  if (word === undefined) return message
  const wanted = SYNONYMS[word] ?? word
  const fitting = pathsOf(program).filter((path) => path.at(-1) === wanted)
  const inGroup = fitting.filter(([group = '']) => argv.includes(group))
  const meant = (inGroup.length > 0 ? inGroup : fitting).map((path) => `\`mirrorfleet ${path.join(' ')}\``)
  return meant.length === 0 ? message : `error: unknown command '${word}'. Did you mean ${meant.join(' or ')}?\n`
}

/** The words of every command. */
function pathsOf(command: Command): string[][] {
  return command.commands.flatMap((one) => [[one.name()], ...pathsOf(one).map((path) => [one.name(), ...path])])
}
