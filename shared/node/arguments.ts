// What a service's own command line asks for: to run, to explain itself, or one of its commands. Pure.

import { parseArgs } from 'node:util'
import { didYouMean } from '../nearest.ts'

/** Something that the service's program does instead of serving, such as `reset-password USER`. */
export interface NodeCommand<S> {
  name: string
  /** What stands behind the name, one word each. */
  parameters: readonly string[]
  description: string
  /** Resolves with what to print. */
  run: (settings: S, values: readonly string[]) => Promise<string>
}

/** What the program is, for people. */
export interface NodeProgram<S> {
  /** As it is called: `mirrorfleet-master`. */
  name: string
  description: string
  commands: readonly NodeCommand<S>[]
}

export type NodeChoice<S> =
  | { kind: 'serve' }
  | { kind: 'print'; text: string }
  | { kind: 'refuse'; text: string }
  | { kind: 'command'; command: NodeCommand<S>; values: readonly string[] }

/** Reads the words behind the program's name. Whatever is not known starts nothing. */
export function readArguments<S>(program: NodeProgram<S>, words: readonly string[], version: string): NodeChoice<S> {
  const refuse = (reason: string): NodeChoice<S> => ({
    kind: 'refuse',
    text: `${program.name}: ${reason} Run "${program.name} --help".`,
  })
  const options = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'V' } } as const
  const { tokens, values, positionals } = parseArgs({
    args: [...words],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const unknown = tokens.find((token) => token.kind === 'option' && !(token.name in options))
  if (unknown?.kind === 'option') {
    return refuse(`There is no option ${unknown.rawName}.${didYouMean(unknown.name, Object.keys(options))}`)
  }
  if (values.help) return { kind: 'print', text: helpOf(program) }
  if (values.version) return { kind: 'print', text: version }
  const [name, ...given] = positionals
  if (name === undefined) return { kind: 'serve' }
  const command = program.commands.find((one) => one.name === name)
  if (command === undefined) {
    const names = program.commands.map((one) => one.name)
    return refuse(`There is no command "${name}".${didYouMean(name, names)}`)
  }
  if (given.length === command.parameters.length) return { kind: 'command', command, values: given }
  return refuse(`"${name}" takes ${command.parameters.join(' ') || 'nothing'}.`)
}

function helpOf<S>({ name, description, commands }: NodeProgram<S>): string {
  const lines = [
    ['', 'serve until SIGTERM or SIGINT'],
    ...commands.map((one) => [[one.name, ...one.parameters].join(' '), one.description]),
    ['-h, --help', 'show this text'],
    ['-V, --version', 'show the version'],
  ].map(([words = '', does = '']) => `  ${`${name} ${words}`.trim().padEnd(name.length + 24)} ${does}`)
  return [
    `${name}: ${description}`,
    '',
    ...lines,
    '',
    'The settings come from the environment, and from the file .env in the working folder:',
    `"man ${name}" and docs/settings.md list them all.`,
  ].join('\n')
}
