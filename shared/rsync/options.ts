// Checks rsync options against the allow-list and writes them in one safe form: pure, and used by both nodes.

import { atField, type FieldError, InvalidOption } from '../errors.ts'
import type { RsyncOptions } from '../schemas/project-parts.ts'
import { ACCEPTED, aliasOf, DELETE_OPTIONS, LETTERS, REPEATABLE, refusalReason, VALUE_SHAPES } from './option-table.ts'

/** One word for rsync's argv and the options that it stands for (`-avH` stands for three). */
interface Word {
  text: string
  names: readonly string[]
}

/**
 * A project's options, checked. `words` are for argv, in the order defaults, basic, with values written
 * `--option=value`; what decides on deletes is kept apart, since stages decide when deletes may happen.
 */
export interface CheckedOptions {
  words: string[]
  /** Which deletes are wanted: none, what is gone upstream, or what is excluded as well. */
  deletes: 'none' | 'missing' | 'excluded'
  /** The project's own `--max-delete`. */
  maxDelete: number | null
}

/**
 * Checks the three parts of a project's options.
 *
 * @throws {InvalidOption} that names the part, the option and why it is refused. `field` is the field that they stand in.
 */
export function checkOptions(options: RsyncOptions, field = 'rsync_options'): CheckedOptions {
  try {
    return check(options)
  } catch (error) {
    if (!(error instanceof InvalidOption) || field === 'rsync_options') throw error
    const { message, field: at } = error as FieldError
    throw atField(
      new InvalidOption(message.replace('rsync_options', field)),
      (at ?? field).replace('rsync_options', field),
    )
  }
}

function check(options: RsyncOptions): CheckedOptions {
  const parts = { defaults: parsePart('defaults', options.defaults), basic: parsePart('basic', options.basic) }
  const deletes = parseDelete(options.delete)
  const seen = new Map<string, string>()
  for (const [part, words] of Object.entries({ ...parts, delete: deletes })) {
    for (const name of words.flatMap((word) => word.names)) {
      const where = seen.get(name)
      if (where !== undefined && !REPEATABLE.has(name)) refuse(part, name, `it already stands in "${where}"`)
      const opposite = name.startsWith('no-') ? name.slice('no-'.length) : `no-${name}`
      if (seen.has(opposite)) refuse(part, name, `--${opposite} stands in "${seen.get(opposite)}"; give one of the two`)
      seen.set(name, part)
    }
  }
  if (!seen.has('archive') && !seen.has('recursive')) {
    throw atField(
      new InvalidOption(
        'rsync_options: without -a or -r nothing but empty folders would be mirrored; add one to "defaults"',
      ),
      'rsync_options',
    )
  }
  const words = [...parts.defaults, ...parts.basic].map((word) => word.text)
  const isLimit = (word: string) => word.startsWith('--max-delete=')
  const limit = words.find(isLimit)
  const [deleteName] = deletes.flatMap((word) => word.names)
  return {
    words: words.filter((word) => !isLimit(word)),
    deletes: deleteName === undefined ? 'none' : deleteName === 'delete-excluded' ? 'excluded' : 'missing',
    maxDelete: limit === undefined ? null : Number(limit.slice('--max-delete='.length)),
  }
}

/** True when the words hold an option, by its long name or as a letter of a bundle; `-a` is not taken for what it stands for. */
export function isGiven(words: readonly string[], letter: string, long: string): boolean {
  return words.some((word) => word === long || (/^-[^-]/.test(word) && word.includes(letter)))
}

/** True for options that bring devices. */
export function bringsDevices(options: RsyncOptions): boolean {
  return isGiven(checkOptions(options).words, 'D', '--devices')
}

/** Options that decide by what stands at the destination. */
const DECIDING = ['--existing', '--ignore-existing', '--update']

/**
 * The words without those that decide by what stands at the destination. A list of names has been decided on already, and
 * what it names may be missing there for a reason of ours.
 */
export function withoutDeciding(words: readonly string[]): string[] {
  return without(words, 'u', DECIDING)
}

/** The words without `-m`, which leaves out folders without files. */
export function withoutPruning(words: readonly string[]): string[] {
  return without(words, 'm', ['--prune-empty-dirs'])
}

function without(words: readonly string[], letter: string, names: readonly string[]): string[] {
  return words
    .filter((word) => !names.includes(word))
    .map((word) => (/^-[^-]/.test(word) ? word.replaceAll(letter, '') : word))
    .filter((word) => word !== '-')
}

/** True for options that skip what is, or is not, at the destination, where it may be missing for a reason of ours. */
export function decidesByDestination(options: RsyncOptions): boolean {
  const { words } = checkOptions(options)
  return withoutDeciding(words).join(' ') !== words.join(' ')
}

/** `-4` or `-6` where the options ask for one kind of address only; else null. */
export function addressFamily(options: RsyncOptions): '-4' | '-6' | null {
  const { words } = checkOptions(options)
  const asks = (digit: string) =>
    words.some((word) => word === `--ipv${digit}` || (/^-[^-]/.test(word) && word.includes(digit)))
  return asks('4') ? '-4' : asks('6') ? '-6' : null
}

/** Splits a space separated setting, such as RSYNC_DEFAULT_OPTIONS, into a list of options. */
export function splitOptions(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

function parsePart(part: string, items: readonly unknown[]): Word[] {
  const words: Word[] = []
  for (let index = 0; index < items.length; index++) {
    const item = items[index]
    const { word, tookNext } = parseItem(part, checkText(part, item), items[index + 1])
    words.push(word)
    if (tookNext) index++
  }
  return words
}

function checkText(part: string, item: unknown): string {
  if (typeof item !== 'string')
    throw problem(part, `every option must be a string, not ${item === null ? 'null' : typeof item}`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\x00-\x1f\x7f]/.test(item)) throw problem(part, 'an option holds a control character')
  return item
}

function parseItem(part: string, item: string, next: unknown): { word: Word; tookNext: boolean } {
  if (/^--[A-Za-z0-9]/.test(item)) return parseLong(part, item, next)
  if (/^-[^-]/.test(item)) return { word: parseBundle(part, item), tookNext: false }
  throw problem(part, `"${item}" is no option; an option starts with - or --`)
}

function parseLong(part: string, item: string, next: unknown): { word: Word; tookNext: boolean } {
  const equals = item.indexOf('=')
  const written = item.slice(2, equals < 0 ? undefined : equals)
  const name = aliasOf(written)
  const shape = DELETE_OPTIONS.has(name) ? undefined : ACCEPTED.get(name)
  if (shape === undefined) return refuse(part, written, refusalReason(written))
  if (shape === 'flag') {
    if (equals >= 0) refuse(part, written, 'it takes no value')
    return { word: { text: `--${name}`, names: [name] }, tookNext: false }
  }
  const tookNext = equals < 0
  if (tookNext && next === undefined) refuse(part, written, `it needs a value: --${name}=…`)
  const value = tookNext ? checkText(part, next) : item.slice(equals + 1)
  if (value.length > 512 || !VALUE_SHAPES[shape].matches(value))
    refuse(part, written, `its value must be ${VALUE_SHAPES[shape].says}`)
  return { word: { text: `--${name}=${value}`, names: [name] }, tookNext }
}

/** A single-dash word is a bundle of letters, whatever it looks like: `-archive` would end in -e, which runs a program. */
function parseBundle(part: string, item: string): Word {
  const names = [...item.slice(1)].map((letter) => {
    const name = LETTERS[letter]
    if (name === undefined) return refuse(part, letter, refusalReason(letter))
    return name
  })
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) refuse(part, repeated, `it stands twice in "${item}"`)
  return { text: item, names }
}

function parseDelete(text: unknown): Word[] {
  const option = checkText('delete', text)
  if (option === '') return []
  const name = option.slice(2)
  if (!option.startsWith('--') || !DELETE_OPTIONS.has(name)) {
    throw problem(
      'delete',
      `"${option}" is no delete option; use one of ${[...DELETE_OPTIONS].map((one) => `--${one}`).join(', ')}, or ""`,
    )
  }
  return [{ text: option, names: [aliasOf(name)] }]
}

function refuse(part: string, name: string, reason: string): never {
  throw problem(part, `the option ${name.length === 1 ? `-${name}` : `--${name}`} is refused: ${reason}`)
}

function problem(part: string, message: string): Error {
  return atField(new InvalidOption(`rsync_options.${part}: ${message}`), `rsync_options.${part}`)
}
