// Writes the completion scripts for bash, zsh and fish from the commands themselves. Pure.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are the shell's

import type { Command } from 'commander'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The words that may follow a command, by the command's words: `''` for the program, `project add` for a command. */
function wordsOf(program: Command): Map<string, string[]> {
  const visible = (command: Command) => command.commands.map((one) => one.name())
  const options = (command: Command) => command.options.flatMap(({ long }) => (long ? [long] : []))
  const words = new Map([['', [...visible(program), ...options(program)]]])
  for (const command of program.commands) {
    words.set(command.name(), [...visible(command), ...options(command)])
    for (const inner of command.commands) words.set(`${command.name()} ${inner.name()}`, options(inner))
  }
  return words
}

/** The script for a shell. */
export function writeCompletion(program: Command, shell: Shell): string {
  const name = program.name()
  const words = [...wordsOf(program)]
  if (shell === 'fish') return writeFish(name, words)
  const cases = words.map(([after, next]) => `    ${JSON.stringify(after)}) words=${JSON.stringify(next.join(' '))} ;;`)
  const body = [
    `_${name}() {`,
    '  local words="" after="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$word" in -*) ;; *) after="${after:+$after }$word" ;; esac',
    '  done',
    '  case "$after" in',
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    `complete -F _${name} ${name}`,
  ]
  const head = shell === 'zsh' ? ['autoload -U +X bashcompinit && bashcompinit'] : []
  return [...head, ...body].join('\n')
}

function writeFish(name: string, words: readonly (readonly [string, readonly string[]])[]): string {
  const lines = words.flatMap(([after, next]) => {
    const parts = after.split(' ').filter(Boolean)
    const plain = next.filter((word) => !word.startsWith('-'))
    const condition =
      parts.length === 0
        ? '__fish_use_subcommand'
        : parts.map((part) => `__fish_seen_subcommand_from ${part}`).join('; and ')
    const commands = plain.length > 0 ? [`complete -c ${name} -f -n '${condition}' -a '${plain.join(' ')}'`] : []
    const options = next
      .filter((word) => word.startsWith('--'))
      .map((word) => `complete -c ${name} -n '${condition}' -l ${word.slice(2)}`)
    return [...commands, ...options]
  })
  return lines.join('\n')
}
