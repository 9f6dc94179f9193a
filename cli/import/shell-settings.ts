// Reads a configuration that is a shell script of assignments. Nothing is run. Pure.

import type { Remark } from './plan.ts'
import { hideSecrets, readShell } from './shell.ts'

export interface ShellSettings {
  /** The names that are set, in order. */
  names: string[]
  /** Null for what is not set, is empty, or cannot be told without running it. */
  text: (name: string) => string | null
  /** The words of an array, or of a text. */
  words: (name: string) => string[]
  /** Lines that are not assignments, or whose values cannot be told. */
  remarks: Remark[]
}

const QUOTED = `"(?:[^"\\\\]|\\\\.)*"|'[^']*'`
/** `NAME=value` at the beginning of a line, also of several lines, or `NAME=(words)`. No two of its parts can match the same text. */
const ASSIGNMENT = new RegExp(
  `^[ \\t]*(?:export[ \\t]+)?([A-Za-z_]\\w*)=(\\((?:${QUOTED}|(?<=\\s)#[^\\n]*(?![^\\n])|(?<!\\s)#|[^)"'#])*\\)|(?:${QUOTED}|\\$\\([^)]*\\)|\`[^\`]*\`|\\\\.|\\$(?!\\()|[^\\s;#"'\`\\\\$])*)[ \\t]*;?(?:[ \\t]+#.*)?$`,
  'gm',
)

interface Value {
  text: string
  words: string[]
  unknown: string | null
}

export function readShellSettings(text: string): ShellSettings {
  const values = new Map<string, Value>()
  const known = new Map<string, string>()
  for (const [, name = '', raw = ''] of text.matchAll(ASSIGNMENT)) {
    const value = readValue(raw, known)
    values.set(name, value)
    if (value.unknown === null) known.set(name, value.text)
  }
  const others = text
    .replaceAll(ASSIGNMENT, '')
    .split('\n')
    .map((line) => line.trim())
  const remarks: Remark[] = others
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ what: hideSecrets(line), result: 'left', why: 'only assignments are read' }))
  for (const [name, { unknown }] of values)
    if (unknown !== null)
      remarks.push({ what: name, result: 'left', why: `its value ${unknown} is known only when it runs` })
  const of = (name: string): Value | null => {
    const value = values.get(name)
    return value === undefined || value.unknown !== null ? null : value
  }
  return {
    names: [...values.keys()].filter((name) => of(name) !== null),
    text: (name) => of(name)?.text || null,
    words: (name) => of(name)?.words ?? [],
    remarks,
  }
}

function readValue(raw: string, known: ReadonlyMap<string, string>): Value {
  const isList = raw.startsWith('(')
  const lines = isList ? raw.slice(1, -1).split('\n') : [raw]
  const words = lines.flatMap((line) => [...readShell(line, known)].flatMap((command) => command.words))
  const text = words.map((word) => word.text).join(isList ? ' ' : '')
  // A text that is used without quotes is split again, and its quotes stay as they are (POSIX, Field Splitting).
  const parts = isList ? words.map((word) => word.text) : text.split(/\s+/).filter(Boolean)
  return { text, words: parts, unknown: words.find(({ unknown }) => unknown !== null)?.unknown ?? null }
}
