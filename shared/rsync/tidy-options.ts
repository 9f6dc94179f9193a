// Takes rsync's options as operators write them: drops what only changes its output, or stands twice, and says so. Pure.

import type { RsyncOptions } from '../schemas/project-parts.ts'
import { PARTIAL_DIR } from './leftovers.ts'
import { aliasOf, LETTERS, REPEATABLE } from './option-table.ts'
import { type OptionWord, readOptionWords } from './option-words.ts'

/** What became of an option that is not kept as it was written. */
export interface OptionNote {
  option: string
  why: string
}

export interface TidyOptions {
  options: RsyncOptions
  notes: OptionNote[]
  /** The `--timeout` among them, in seconds, for the project's own field. */
  ioTimeoutS: number | null
}

const names = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const SHOWN = 'it only changes what rsync shows'
const SHOWING_LETTERS = 'hPiq8'
const SHOWING = names(
  'human-readable no-human-readable no-h stats no-stats progress no-progress itemize-changes no-itemize-changes no-i ' +
    'quiet no-quiet info debug stderr msgs2stderr no-msgs2stderr outbuf out-format log-format 8-bit-output no-8-bit-output',
)
const OURS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    protocol: 'the two ends agree on the protocol themselves',
    'block-size': 'rsync chooses the size of blocks by the size of the file',
    'no-inc-recursive': 'the whole list is read first wherever that is needed',
  }),
)

/**
 * The options without what a mirror has no use for. Nothing is let through here: `checkOptions` still has the last word.
 * On the way to the slaves no field takes the place of a `--timeout`, which therefore stays.
 */
export function tidyOptions(given: RsyncOptions, way: 'upstream' | 'fan_out' = 'upstream'): TidyOptions {
  const tidy = new Tidying(way)
  // rsync reads them in this order.
  const defaults = tidy.part(given.defaults)
  const basic = tidy.part(given.basic)
  return { options: { basic, defaults, delete: given.delete }, notes: tidy.notes, ioTimeoutS: tidy.ioTimeoutS }
}

/** A note as a sentence. */
export const showNote = ({ option, why }: OptionNote): string => `${option} was left out: ${why}.`

class Tidying {
  readonly notes: OptionNote[] = []
  ioTimeoutS: number | null = null
  /** The values of the options that stand already, by their long names. */
  readonly #seen = new Map<string, string | null>()
  readonly #way: 'upstream' | 'fan_out'

  constructor(way: 'upstream' | 'fan_out') {
    this.#way = way
  }

  part(words: readonly string[]): string[] {
    return readOptionWords(words).flatMap((word) => this.#word(word))
  }

  #word(word: OptionWord): string[] {
    if (word.kind === 'place') return [word.given]
    if (word.kind === 'long') return this.#long(word.name, word.value, word.given)
    const { flags, valued, given } = word
    const kept = [...flags].filter((letter) => this.#keepsLetter(letter)).join('')
    const bundle = kept === '' ? [] : [`-${kept}`]
    if (valued === null) return bundle
    const { letter, value } = valued
    const name = { B: 'block-size', f: 'filter', '@': 'modify-window' }[letter]
    // What runs programs is refused as it was written.
    if (name === undefined || value === null) return [given]
    return [...bundle, ...this.#long(name, value, `-${letter} ${value}`)]
  }

  #keepsLetter(letter: string): boolean {
    if (SHOWING_LETTERS.includes(letter))
      return this.#drop(`-${letter}`, letter === 'P' ? `${SHOWN}, and partial files are kept` : SHOWN)
    const name = LETTERS[letter]
    return name === undefined || this.#isNew(name, null, `-${letter}`)
  }

  #long(written: string, value: string | null, given: string): string[] {
    const name = aliasOf(written)
    const keep = (text: string): string[] => (this.#isNew(name, value, given) ? [text] : [])
    const drop = (why: string): string[] => {
      this.#drop(given, why)
      return []
    }
    if (SHOWING.has(name)) return drop(SHOWN)
    const ours = OURS.get(name)
    if (ours !== undefined) return drop(ours)
    if (value === null) return keep(`--${name}`)
    if (name === 'filter') return [filterOption(value)]
    if (name === 'partial-dir' && value.replace(/\/$/, '') === PARTIAL_DIR)
      return drop('partial files are kept there anyway')
    if (name === 'timeout' && this.#way === 'upstream' && /^[1-9]\d{0,5}$/.test(value)) {
      this.ioTimeoutS = Number(value)
      return drop('the field io_timeout_s says it')
    }
    return keep(`--${name}=${value}`)
  }

  #isNew(name: string, value: string | null, given: string): boolean {
    if (this.#seen.get(name) === value && !REPEATABLE.has(name)) return this.#drop(given, 'it is given twice')
    this.#seen.set(name, value)
    return true
  }

  #drop(option: string, why: string): false {
    this.notes.push({ option, why })
    return false
  }
}

/** A filter rule as an option: an exclude or include is one of its own, unless its pattern would be read as another rule there. */
export function filterOption(rule: string): string {
  const [, kind, pattern = ''] = /^(exclude|include|[-+]) (\S.*)$/.exec(rule) ?? []
  const isRule = /^[-+] /.test(pattern) || pattern === '!'
  if (kind === undefined || isRule) return `--filter=${rule}`
  return kind === 'exclude' || kind === '-' ? `--exclude=${pattern}` : `--include=${pattern}`
}
