// Keeps of a command's rsync options what a project may have, and tells what became of the others. Pure.

import { isIP } from 'node:net'
import { DELETE_OPTIONS } from '../../shared/rsync/option-table.ts'
import { type OptionWord, readOptionWords, strongerDelete } from '../../shared/rsync/option-words.ts'
import { checkOptions } from '../../shared/rsync/options.ts'
import { tidyOptions } from '../../shared/rsync/tidy-options.ts'
import type { RsyncOptions } from '../../shared/schemas/project-parts.ts'
import type { Around, FoundProject, Remark } from './plan.ts'
import { reasons } from './reasons.ts'

export interface KeptOptions {
  /** The words that are not options: where from and where to. */
  places: string[]
  /** Checked, with the strongest of the delete options. */
  rsync_options: RsyncOptions
  /** Disabled where it would take more than the command does, and maybe delete what an exclude has kept. */
  fields: Pick<FoundProject['fields'], 'io_timeout_s' | 'enabled' | 'address'>
  /** The `--port` among them. */
  port: number | null
  hasPassword: boolean
  remarks: Remark[]
}

/** Without these a command would do something else: nothing of it can be taken then. */
const DECISIVE = reasons({
  'e rsh': 'it connects through another program',
  'R relative': 'it makes the folders of its source at the destination',
  'files-from': 'it copies only the names of a list',
  'n dry-run list-only only-write-batch write-batch': 'it does not copy',
  'read-batch': 'it has no upstream',
  'd dirs': 'it does not copy what folders hold',
  'remove-source-files': 'it removes what it has copied from the source',
  'daemon server': 'it serves others',
  'M remote-option': 'it tells the other end what to do',
})

/** Of the letters that take a value; the others are decisive. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  f: 'filter',
  T: 'temp-dir',
  B: 'block-size',
  '@': 'modify-window',
}

/** The API takes that many options in a list, of which there are two. */
const MOST_IN_A_LIST = 64
const MOST = 2 * MOST_IN_A_LIST
/** Of the patterns of a file, so that there is room for other options. */
const MOST_PATTERNS = 100

/** @throws {Error} with the reason why the command cannot be a project, whatever its options. */
export function keepOptions(words: readonly string[], readFile: Around['readFile']): KeptOptions {
  const kept: KeptOptions = {
    places: [],
    rsync_options: { basic: [], defaults: [], delete: '' },
    fields: {},
    port: null,
    hasPassword: false,
    remarks: [],
  }
  const rest = readOptionWords(words).flatMap((word) => takeOut(word, kept, readFile))
  const { options, notes, ioTimeoutS } = tidyOptions({ basic: rest, defaults: [], delete: '' })
  for (const { option, why } of notes) kept.remarks.push({ what: option, result: 'changed', why })
  if (ioTimeoutS !== null) kept.fields.io_timeout_s = ioTimeoutS
  const allowed = keepAllowed(options.basic, kept.remarks)
  // rsync reads them in this order.
  kept.rsync_options.defaults = allowed.slice(0, MOST_IN_A_LIST)
  kept.rsync_options.basic = allowed.slice(MOST_IN_A_LIST)
  checkOptions(kept.rsync_options)
  const lost = kept.remarks.filter(({ what, result }) => result === 'left' && SELECTING.test(what))
  for (const remark of lost) remark.why += `; ${DISABLED}`
  if (lost.length > 0) kept.fields.enabled = false
  return kept
}

/** Options that say which files are meant. */
const SELECTING = /^(-[CF]$|--(exclude|include|filter|cvs-exclude|max-size|min-size|existing|ignore-existing)\b)/
const DISABLED = 'the project is disabled until you have set that right'

/** Moves a word that a project has elsewhere to its own place; returns the others. */
function takeOut(word: OptionWord, kept: KeptOptions, readFile: Around['readFile']): string[] {
  if (word.kind === 'long') return takeLong(word, kept, readFile)
  if (word.kind === 'place') {
    kept.places.push(word.given)
    return []
  }
  const { flags, valued, given } = word
  for (const letter of [...flags, valued?.letter ?? '']) refuseDecisive(letter, given)
  const bundle = flags === '' ? [] : [`-${flags}`]
  return valued === null ? bundle : [...bundle, `--${LONG_NAMES[valued.letter]}=${valued.value ?? ''}`]
}

function takeLong(
  { name, value, given }: OptionWord & { kind: 'long' },
  kept: KeptOptions,
  readFile: Around['readFile'],
): string[] {
  refuseDecisive(name, given)
  if (DELETE_OPTIONS.has(name)) kept.rsync_options.delete = strongerDelete(kept.rsync_options.delete, given)
  else if (name === 'password-file') kept.hasPassword = true
  else if (name === 'address' && isIP(value ?? '') !== 0) kept.fields.address = value
  else if (name === 'port' && /^\d{1,5}$/.test(value ?? '')) kept.port = Number(value)
  else if ((name === 'exclude-from' || name === 'include-from') && value !== null)
    return readPatterns(name.slice(0, 7), given, readFile(value), kept)
  else if (name !== '') return [value === null ? given : `--${name}=${value}`]
  return []
}

function refuseDecisive(name: string, given: string): void {
  const reason = DECISIVE.get(name)
  if (reason !== undefined) throw new Error(`${reason} (${given})`)
}

/** A pattern on each line; what begins with ; or # is a comment (rsync(1), --exclude-from). */
function readPatterns(
  kind: string,
  what: string,
  text: string | null,
  { remarks }: Pick<KeptOptions, 'remarks'>,
): string[] {
  const patterns = (text ?? '').split(/\r?\n/).filter((line) => line.trim() !== '' && !/^[;#]/.test(line))
  if (text === null)
    remarks.push({
      what,
      result: 'left',
      why: 'the file cannot be read here; give its patterns as --exclude=… options',
    })
  else if (patterns.length > MOST_PATTERNS)
    remarks.push({
      what,
      result: 'left',
      why: `it has ${patterns.length} patterns, and a project takes ${MOST} options`,
    })
  else if (patterns.length > 0)
    remarks.push({
      what,
      result: 'changed',
      why: `its ${patterns.length} patterns are options of the project; later changes of the file count no more`,
    })
  return text === null || patterns.length > MOST_PATTERNS ? [] : patterns.map((pattern) => `--${kind}=${pattern}`)
}

/** The options that projects may have, letter by letter; the remarks get the reason why another one may not. */
function keepAllowed(options: readonly string[], remarks: Remark[]): string[] {
  const kept: string[] = []
  // All that an option lacks may be another that comes later, or from the master's settings.
  const isComplete = (words: readonly string[]) =>
    words.some((word) => /^-[A-Za-z0-9]*[ar]|^--(archive|recursive)$/.test(word))
  const refusal = (option: string): string | null => {
    const basic = [...kept, option]
    try {
      checkOptions({ basic: isComplete(basic) ? basic : [...basic, '--recursive'], defaults: [], delete: '' })
      return kept.length >= MOST ? `a project takes ${MOST} options` : null
    } catch (error) {
      return (error instanceof Error ? error.message : String(error)).replace(
        /^rsync_options\.basic: (the option \S+ is refused: )?/,
        '',
      )
    }
  }
  for (const option of options) {
    const isBundle = /^-[A-Za-z0-9]+$/.test(option)
    if (refusal(option) === null) kept.push(option)
    else if (!isBundle) remarks.push({ what: option, result: 'left', why: refusal(option) ?? '' })
    else {
      const bad = [...option.slice(1)].filter((letter) => refusal(`-${letter}`) !== null)
      for (const letter of bad) remarks.push({ what: `-${letter}`, result: 'left', why: refusal(`-${letter}`) ?? '' })
      const good = [...option.slice(1)].filter((letter) => !bad.includes(letter)).join('')
      if (good !== '' && refusal(`-${good}`) === null) kept.push(`-${good}`)
    }
  }
  return kept
}
