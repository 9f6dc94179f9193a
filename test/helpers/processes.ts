// What processes run on this machine, for tests that nothing is left behind.

import { readdirSync, readFileSync } from 'node:fs'

/** The command lines of all running processes that contain `text`; zombies have none. */
export function commandLinesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .filter((line) => line.includes(text))
}
