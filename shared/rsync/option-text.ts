// Options as one text, as on rsync's command line: pure, for the command line and for pages.

import { DELETE_OPTIONS } from './option-table.ts'
import { type OptionWord, readOptionWords, strongerDelete, writeOptionWord } from './option-words.ts'

/** The words of a text without their quotes; nothing else means anything in it. */
export function splitQuoted(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*'|["'])+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  )
}

/** Words as a text that `splitQuoted` reads. */
export function joinQuoted(words: readonly string[]): string {
  return words.map(quote).join(' ')
}

function quote(word: string): string {
  if (word !== '' && !/[\s"']/.test(word)) return word
  const [, name = '', value = word] = /^(--[\w-]+=)(.*)$/s.exec(word) ?? []
  const parts = value.split(/('+)/).filter((part) => part !== '')
  return (
    name +
    (parts.length === 0 ? "''" : parts.map((part) => (part.startsWith("'") ? `"${part}"` : `'${part}'`)).join(''))
  )
}

/** The options of a text, with a delete option among them where the API has it. */
export function readOptionText(text: string): { defaults: string[]; delete?: string } {
  const words = readOptionWords(splitQuoted(text))
  const isDelete = (word: OptionWord): boolean =>
    word.kind === 'long' && word.value === null && DELETE_OPTIONS.has(word.name)
  const deletes = words.filter(isDelete).map(({ given }) => given)
  const defaults = words.filter((word) => !isDelete(word)).flatMap(writeOptionWord)
  return { defaults, ...(deletes.length === 0 ? {} : { delete: deletes.reduce(strongerDelete) }) }
}
