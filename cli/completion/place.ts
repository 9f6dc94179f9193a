// Finds what is being typed on a command line: a command, an option, the value of an option, or an argument. Pure.

import type { Argument, Command, Option } from 'commander'

/** The value of an option. `before` is the part of the word that stands before it, as in `--layout=`. */
export interface ValuePlace {
  what: 'value'
  command: Command
  of: Option
  before: string
  given: readonly string[]
}

export interface ArgumentPlace {
  what: 'argument'
  command: Command
  of: Argument
  index: number
  given: readonly string[]
}

/** `command` is the one that was named so far, `given` is what stands before the word where several may: arguments, or values of the option. */
export type Place =
  | { what: 'command'; command: Command }
  | { what: 'option'; command: Command }
  | ValuePlace
  | ArgumentPlace
  | { what: 'nothing' }

/** What `readWords` knows after some words. */
interface Known {
  command: Command
  /** The option whose value comes next, or may come next. */
  open: Option | null
  mustTake: boolean
  /** What that option has already. */
  taken: string[]
  /** The arguments so far. */
  given: string[]
  /** After `--` nothing is an option. */
  onlyArguments: boolean
  /** The program's own options, by their attribute names. */
  globals: Record<string, string>
}

/** `words` come before the one that is being typed, without the program's name. */
export function findPlace(program: Command, words: readonly string[], typed: string): Place {
  const { command, open, mustTake, taken, given, onlyArguments } = readWords(program, words)
  if (open !== null && (mustTake || !typed.startsWith('-')))
    return { what: 'value', command, of: open, before: '', given: taken }
  if (!onlyArguments && typed.startsWith('-')) {
    const [name = '', value] = splitOption(typed)
    if (value === undefined) return { what: 'option', command }
    const of = findOption(command, name)
    if (of === undefined || takesNothing(of)) return { what: 'nothing' }
    return { what: 'value', command, of, before: `${name}=`, given: [] }
  }
  if (command.commands.length > 0) return given.length === 0 ? { what: 'command', command } : { what: 'nothing' }
  const index = Math.min(given.length, command.registeredArguments.length - 1)
  const of = command.registeredArguments[index]
  if (of === undefined || (given.length > index && !of.variadic)) return { what: 'nothing' }
  return { what: 'argument', command, of, index, given }
}

/** The options of the program itself among some words, by their attribute names. */
export function readGlobals(program: Command, words: readonly string[]): Record<string, string> {
  return readWords(program, words).globals
}

function readWords(program: Command, words: readonly string[]): Known {
  const known: Known = {
    command: program,
    open: null,
    mustTake: false,
    taken: [],
    given: [],
    onlyArguments: false,
    globals: {},
  }
  for (const word of words) readWord(program, known, word)
  return known
}

function readWord(program: Command, known: Known, word: string): void {
  const { open } = known
  const isDashed = word.startsWith('-') && word !== '-'
  if (open !== null && (known.mustTake || !isDashed)) {
    if (program.options.includes(open)) known.globals[open.attributeName()] = word
    known.mustTake = false
    known.taken.push(word)
    if (!open.variadic) known.open = null
    return
  }
  known.open = null
  if (known.onlyArguments || !isDashed) {
    readArgument(known, word)
    return
  }
  if (word === '--') {
    known.onlyArguments = true
    return
  }
  const [name = '', value] = splitOption(word)
  const option = findOption(known.command, name)
  if (option === undefined || takesNothing(option)) return
  if (value === undefined) Object.assign(known, { open: option, mustTake: option.required, taken: [] })
  else if (program.options.includes(option)) known.globals[option.attributeName()] = value
}

function readArgument(known: Known, word: string): void {
  const inner = known.given.length === 0 ? known.command.commands.find((one) => one.name() === word) : undefined
  if (inner === undefined) known.given.push(word)
  else known.command = inner
}

/** `--name=value` in its two parts. */
function splitOption(word: string): string[] {
  const at = word.indexOf('=')
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)]
}

function findOption(command: Command, name: string): Option | undefined {
  for (let one: Command | null = command; one !== null; one = one.parent) {
    const found = one.options.find(({ long, short }) => long === name || short === name)
    if (found !== undefined) return found
  }
  return undefined
}

function takesNothing({ required, optional }: Option): boolean {
  return !required && !optional
}
