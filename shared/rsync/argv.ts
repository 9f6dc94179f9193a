// Builds rsync's argument list for one pull: the project's options, then ours, then the two ends.

import path from 'node:path'
import type { RsyncOptions } from '../schemas/project.ts'
import { type CheckedOptions, checkOptions } from './options.ts'
import { buildSourceUrl, type RsyncSource } from './source.ts'

/**
 * What a pull may delete: nothing, as the project's options say, all of it whatever their limit, or at most so many
 * entries (rsync then counts what it skipped and exits with 25).
 */
export type Deletes = 'never' | 'as_options' | 'unlimited' | { atMost: number }

/** One pull of a tree. `destination` is an absolute folder; `ioTimeoutS` is rsync's `--timeout` where the options have none. */
export interface Pull {
  source: RsyncSource
  destination: string
  options: RsyncOptions
  ioTimeoutS: number
  deletes: Deletes
  /** `--include=` and `--exclude=` words of this pull, before the project's own. */
  filters?: readonly string[]
  dryRun?: boolean
  checksum?: boolean
}

/** Where rsync keeps what it has of a file when it is stopped in the middle; the next pull goes on from there. */
const PARTIAL_DIR = '.rsync-partial'
/** Names that rsync keeps for itself while it works; they are never mirrored and never deleted. */
const OWN_NAMES = ['.~tmp~/', `${PARTIAL_DIR}/`]

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
  const options = checkOptions(pull.options)
  const has = (name: string) => options.words.some((word) => word.startsWith(name))
  return [
    ...OWN_NAMES.map((name) => `--exclude=${name}`),
    ...(pull.filters ?? []),
    ...options.words,
    ...deleteWords(options, pull.deletes),
    `--partial-dir=${PARTIAL_DIR}`,
    ...(has('--timeout=') ? [] : [`--timeout=${pull.ioTimeoutS}`]),
    ...(pull.checksum && !isGiven(options, 'c', '--checksum') ? ['--checksum'] : []),
    ...(pull.dryRun ? ['--dry-run'] : []),
    ...OUTPUT_OPTIONS,
    '--',
    buildSourceUrl(pull.source),
    pull.destination.endsWith('/') ? pull.destination : `${pull.destination}/`,
  ]
}

/** Deletes come last whatever the option says: others have deleted already when a later folder cannot be read. */
function deleteWords(options: CheckedOptions, deletes: Deletes): string[] {
  if (options.deletes === 'none' || deletes === 'never') return []
  const atMost = deletes === 'as_options' ? options.maxDelete : deletes === 'unlimited' ? null : deletes.atMost
  return [
    ...(options.deletes === 'excluded' ? ['--delete-excluded'] : []),
    '--delete-after',
    ...(atMost === null ? [] : [`--max-delete=${atMost}`]),
  ]
}

function isGiven(options: CheckedOptions, letter: string, long: string): boolean {
  return options.words.some((word) => word === long || (/^-[^-]/.test(word) && word.includes(letter)))
}
