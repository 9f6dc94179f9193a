// The version of Mirrorfleet, from its package file.

import { readFileSync } from 'node:fs'

/** Reads the version; works from the sources and from dist/. */
export function readVersion(): string {
  for (const candidate of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(candidate, import.meta.url), 'utf8'))
      if (name === 'mirrorfleet') return version
    } catch {
      // One folder further up, then.
    }
  }
  return 'unknown'
}

/** How the program names itself where other programs read it. */
export function showProgram(): string {
  return `Mirrorfleet ${readVersion()}`
}
