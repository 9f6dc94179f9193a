// Reads a line of a shell as commands with their words (POSIX, Shell Command Language). Nothing is run. Pure.

/** A word without its quotes. `unknown` is an expansion in it whose value cannot be told. */
export interface ShellWord {
  text: string
  unknown: string | null
}

/** One command: its words, and where its input and output go, as written. */
export interface ShellCommand {
  words: ShellWord[]
  redirections: string[]
}

/** Blank or quoted parts, as they come in a line. */
const PART =
  /(?<blank>\s+)|(?<redirection>\d*(?:>>|>&|<&|&>>?|<<?|>)\s*(?:&?[^\s;&|<>()]+)?)|(?<operator>&&|\|\||;;?|\||&|[()])|(?<single>'[^']*')|(?<double>"(?:[^"\\]|\\.)*")|(?<escape>\\.)|(?<expansion>\$\([^)]*\)+|`[^`]*`|\$\{[^}]*\}|\$\w+)|(?<plain>[^\s'"\\$`;&|<>()]+|.)/gs

/** The commands of a line, in order, wherever they stand. `variables` may grow from one command to the next. */
export function* readShell(
  text: string,
  variables: ReadonlyMap<string, string> = new Map(),
): Generator<ShellCommand, void> {
  let command: ShellCommand = { words: [], redirections: [] }
  let word: ShellWord | null = null
  const add: Add = (more, unknown = null) => {
    word = { text: (word?.text ?? '') + more, unknown: word?.unknown ?? unknown }
  }
  for (const { 0: part, groups = {} } of text.matchAll(PART)) {
    if (part.startsWith('#') && word === null) break
    if (groups.blank === undefined && groups.redirection === undefined && groups.operator === undefined) {
      addPart(part, groups, variables, word === null, add)
      continue
    }
    if (word !== null) command.words.push(word)
    word = null
    if (groups.redirection !== undefined) command.redirections.push(part.trim())
    if (groups.operator === undefined) continue
    if (!isEmpty(command)) yield command
    command = { words: [], redirections: [] }
  }
  if (word !== null) command.words.push(word)
  if (!isEmpty(command)) yield command
}

const isEmpty = ({ words, redirections }: ShellCommand): boolean => words.length + redirections.length === 0

type Add = (more: string, unknown?: string | null) => void

/** A part of a word. */
function addPart(
  part: string,
  groups: Record<string, string | undefined>,
  variables: ReadonlyMap<string, string>,
  isFirst: boolean,
  add: Add,
): void {
  if (groups.single !== undefined) add(part.slice(1, -1))
  else if (groups.double !== undefined) expand(part.slice(1, -1), variables, add)
  else if (groups.escape !== undefined) add(part.slice(1))
  else if (groups.expansion !== undefined) expand(part, variables, add)
  else add(part, isFirst && part.startsWith('~') ? '~' : null)
}

/** Puts in what variables hold, as in double quotes. */
function expand(text: string, variables: ReadonlyMap<string, string>, add: Add): void {
  add('')
  for (const { 0: part, groups = {} } of text.matchAll(
    /(?<escape>\\[$`"\\])|\$(?:(?<name>\w+)|\{(?<braced>\w+)\})|(?<other>\$\([^)]*\)+|`[^`]*`|\$\{[^}]*\})|(?<plain>[^\\$`]+|.)/gs,
  )) {
    const name = groups.name ?? groups.braced
    const value = name === undefined ? undefined : variables.get(name)
    if (groups.escape !== undefined) add(part.slice(1))
    else if (name !== undefined || groups.other !== undefined) add(value ?? part, value === undefined ? part : null)
    else add(part)
  }
}

/** A line without what it says of passwords, to be shown. */
export function hideSecrets(line: string): string {
  return line
    .replace(/(\b\w*(?:pass|secret|token)\w*\s*=\s*)('[^']*'|"[^"]*"|\S+)/gi, '$1***')
    .replace(/(\w+:\/\/[^\s/:@]*):[^\s/@]*@/g, '$1:***@')
}
