// Splits words of rsync's command line into options with their values, as rsync itself does (popt(3)). Pure.

import { takesValue, VALUE_LETTERS } from './option-table.ts'

/** `given` are the words as they were written. A value is null where none is attached and none follows; `--` has no name. */
export type OptionWord =
  | { kind: 'long'; name: string; value: string | null; given: string }
  /** Letters behind one hyphen; the last one may take a value. */
  | { kind: 'letters'; flags: string; valued: { letter: string; value: string | null } | null; given: string }
  | { kind: 'place'; given: string }

/** Everything after `--` is a place, and so is what begins with no hyphen. */
export function readOptionWords(words: readonly string[]): OptionWord[] {
  const found: OptionWord[] = []
  for (let index = 0; index < words.length; index++) {
    const given = words[index] ?? ''
    const next = words[index + 1] ?? null
    if (given === '--') {
      const end: OptionWord = { kind: 'long', name: '', value: null, given }
      return [...found, end, ...words.slice(index + 1).map(place)]
    }
    const read = given.startsWith('--') ? readLong(given, next) : readLetters(given, next)
    found.push(read.word)
    if (read.tookNext) index++
  }
  return found
}

const place = (given: string): OptionWord => ({ kind: 'place', given })

interface Read {
  word: OptionWord
  tookNext: boolean
}

function readLong(given: string, next: string | null): Read {
  const equals = given.indexOf('=')
  const name = given.slice(2, equals < 0 ? undefined : equals)
  if (equals >= 0) return { word: { kind: 'long', name, value: given.slice(equals + 1), given }, tookNext: false }
  const tookNext = takesValue(name) && next !== null
  const text = tookNext ? `${given} ${next}` : given
  return { word: { kind: 'long', name, value: tookNext ? next : null, given: text }, tookNext }
}

function readLetters(given: string, next: string | null): Read {
  if (!/^-./.test(given)) return { word: place(given), tookNext: false }
  const letters = [...given.slice(1)]
  const at = letters.findIndex((letter) => VALUE_LETTERS.includes(letter))
  const letter = letters[at]
  if (letter === undefined)
    return { word: { kind: 'letters', flags: given.slice(1), valued: null, given }, tookNext: false }
  const flags = letters.slice(0, at).join('')
  const attached = letters.slice(at + 1).join('')
  const tookNext = attached === '' && next !== null
  const value = attached === '' ? next : attached.replace(/^=/, '')
  const text = tookNext ? `${given} ${next}` : given
  return { word: { kind: 'letters', flags, valued: { letter, value }, given: text }, tookNext }
}

/** An option as one word, or as letters and the value of the last. */
export function writeOptionWord(word: OptionWord): string[] {
  if (word.kind === 'place') return [word.given]
  if (word.kind === 'long') return [word.value === null ? word.given : `--${word.name}=${word.value}`]
  return [`-${word.flags}${word.valued === null ? '' : word.valued.letter + (word.valued.value ?? '')}`]
}

/** Of two delete options: several add up, and the last of those that say when counts (rsync(1), --delete-excluded). */
export function strongerDelete(one: string, other: string): string {
  return one === '--delete-excluded' ? one : other
}
