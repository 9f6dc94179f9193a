// Builds rsync's argument list for one pull: the project's options, then ours, then the two ends.

import path from 'node:path'
import type { RsyncOptions } from '../schemas/project.ts'
import { buildOptionWords } from './options.ts'
import { buildSourceUrl, type RsyncSource } from './source.ts'

/** One pull of a tree. `destination` is an absolute folder; `ioTimeoutS` is rsync's `--timeout` where the options have none. */
export interface Pull {
  source: RsyncSource
  destination: string
  options: RsyncOptions
  ioTimeoutS: number
  dryRun?: boolean
  checksum?: boolean
}

/** Names that rsync keeps for itself while it works; they are never mirrored and never deleted. */
const OWN_NAMES = ['.~tmp~/', '/.rsync-partial/']

/** What makes rsync's output the same everywhere, and easy to parse: the name comes last. */
const OUTPUT_OPTIONS = [
  '--info=progress2,stats2,flist0,name0',
  '--no-human-readable',
  '--outbuf=L',
  '--no-motd',
  '--out-format=#%i\t%l\t%b\t%n%L',
]

/**
 * The arguments for rsync, without its own name. Nothing here passes through a shell.
 *
 * @throws {InvalidOption} @throws {InvalidInput} when a part is not allowed, whoever let it in.
 */
export function buildPullArgv(pull: Pull): string[] {
  if (!path.isAbsolute(pull.destination)) throw new Error(`The destination ${pull.destination} is not absolute`)
  const words = buildOptionWords(pull.options)
  const has = (name: string) => words.some((word) => word.startsWith(name))
  return [
    ...OWN_NAMES.map((name) => `--exclude=${name}`),
    ...words,
    ...(has('--timeout=') ? [] : [`--timeout=${pull.ioTimeoutS}`]),
    ...(pull.checksum ? ['--checksum'] : []),
    ...(pull.dryRun ? ['--dry-run'] : []),
    ...OUTPUT_OPTIONS,
    '--',
    buildSourceUrl(pull.source),
    pull.destination.endsWith('/') ? pull.destination : `${pull.destination}/`,
  ]
}
