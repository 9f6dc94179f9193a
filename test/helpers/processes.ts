// What processes run on this machine, for tests that nothing is left behind.

import { readdirSync, readFileSync } from 'node:fs'

/** The command lines of all running processes that contain `text`, by process id; zombies have none. */
export function processesWith(text: string): Map<number, string> {
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid): [number, string] => [Number(pid), commandLineOf(pid)])
  return new Map(lines.filter(([, line]) => line.includes(text)))
}

export function commandLinesWith(text: string): string[] {
  return [...processesWith(text).values()]
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
