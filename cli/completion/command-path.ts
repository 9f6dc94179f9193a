// The words of a command, without the program's name.

import type { Command } from 'commander'

/** `project add`; empty for the program itself. */
export function pathOf(command: Command): string {
  const { parent } = command
  return parent === null ? '' : `${pathOf(parent)} ${command.name()}`.trim()
}
