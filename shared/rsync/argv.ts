// Builds rsync's argument list for one pull: the project's options, then ours, then the two ends.

import path from 'node:path'
import type { RsyncOptions } from '../schemas/project-parts.ts'
import type { Deletes, NameFilter, TreePull } from '../trees/source.ts'
import type { Connection } from './connection.ts'
import { hide, leftoverFolders, PARTIAL_DIR, spare, temporaryFiles } from './leftovers.ts'
import { type CheckedOptions, checkOptions, isGiven, withoutDeciding, withoutPruning } from './options.ts'
import { buildSourceUrl, type LocalTree, type RsyncSource, splitModule } from './source.ts'

/** One rsync: what is pulled, from where, and with which options. `destination` is an absolute folder. */
export interface Pull extends Omit<TreePull, 'name' | 'list' | 'contents' | 'onChange'> {
  source: RsyncSource | LocalTree
  options: RsyncOptions
  connection?: Pick<Connection, 'words' | 'isShell'>
  /** rsync's `--timeout` where the options have none, in seconds. */
  ioTimeoutS: number
  /** Bound on the whole pull, in seconds. */
  timeoutS: number
  checksum?: boolean
  /** Compare times to the nanosecond, where the options do not say otherwise; rsync itself compares whole seconds. */
  exactTimes?: boolean
  /** Fetch also what has the same size and time. */
  ignoreTimes?: boolean
  /** Do not ask where links lead: rsync ends with code 13 when that and the name are longer than about 5 kB. */
  withoutTargets?: boolean
  /**
   * Pull only the names of a list that comes on standard input (NUL separated, from the module's root on, as in
   * `folder/./name`). `trusted`: the source is a node of ours. rsync compares each name that it gets with each that it
   * asked for, which takes a minute for 50,000 of them; a node of ours is spared that. `leavesFolders`: those above the names.
   */
  list?: { trusted: boolean; leavesFolders: boolean }
  /** Leave out files that are named as rsync names those it has not finished: for a source whose own rsync may be at work. */
  withoutTemporary?: boolean
  /**
   * Read the whole list of files before the first is fetched. Else, with `-H`, rsync (3.2.7) waits until its time-out for a file that
   * the source cannot read, when that has several names and all are here already.
   */
  wholeList?: boolean
}

/**
 * Of extended attributes those of users alone, at the receiver, whatever the sender sends: as root, rsync would write
 * `security.*` and `trusted.*` too (rsync(1), --xattrs).
 */
const OUR_ATTRIBUTES = '--filter=-xr! user.*'

/** What makes rsync's output the same everywhere, and easy to parse: the name comes last. */
const outputOptions = (withoutTargets: boolean): string[] => [
  '--info=progress2,stats2,flist1,name0',
  '--no-human-readable',
  '--outbuf=L',
  '--no-motd',
  `--out-format=#%i\t%l\t%b\t%n\t${withoutTargets ? '' : '%L'}`,
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
    ...leftoverFolders(),
    ...(pull.keepPartials && pull.workFolder === undefined ? [`--partial-dir=${PARTIAL_DIR}`] : []),
    ...filterWords(pull),
    ...projectWords(pull, options.words),
    ...(pull.withoutTemporary ? temporaryFiles() : []),
    ...protectiveWords(options),
    ...(pull.wholeList ? ['--no-inc-recursive'] : []),
    ...(pull.list === undefined ? deleteWords(options, pull.deletes) : listWords(pull.deletes, pull.list)),
    ...(pull.linkDest === undefined ? [] : [`--link-dest=${pull.linkDest}`]),
    ...(pull.workFolder === undefined ? [] : workWords(pull.workFolder, pull.keepPartials)),
    ...(pull.exactTimes && !has('--modify-window=') ? ['--modify-window=-1'] : []),
    ...(pull.ignoreTimes && !isGiven(options.words, 'I', '--ignore-times') ? ['--ignore-times'] : []),
    ...timeoutWords(pull, options),
    ...(pull.checksum && !isGiven(options.words, 'c', '--checksum') ? ['--checksum'] : []),
    ...(pull.dryRun ? ['--dry-run'] : []),
    ...outputOptions(pull.withoutTargets ?? false),
    // As in the configuration of our rsyncd.
    '--sockopts=TCP_NODELAY',
    ...(pull.connection?.words ?? []),
    '--',
    buildSourceUrl(pull.list === undefined ? pull.source : splitModule(pull.source).root),
    pull.destination.endsWith('/') ? pull.destination : `${pull.destination}/`,
  ]
}

/**
 * A list names folders without their content, which `--prune-empty-dirs` takes for empty: on the way from an upstream it has done its
 * work when the list was made. A tree with a work folder is not served yet, so nothing in it need be delayed; in that folder, files of one name from several
 * folders would take each other's place.
 */
function projectWords({ list, workFolder, connection }: Pull, given: readonly string[]): string[] {
  // rsync refuses it where another program makes the connection.
  const words = given.filter((word) => !connection?.isShell || !word.startsWith('--contimeout='))
  const undecided = list === undefined ? words : withoutDeciding(words)
  const decided = list?.trusted === false ? withoutPruning(undecided) : undecided
  return workFolder === undefined ? decided : decided.filter((word) => word !== '--delay-updates')
}

/**
 * Deletes come last whatever the option says: others have deleted already when a later folder cannot be read. Where
 * none is made but only counted, rsync may go the faster way and look folder by folder. A project without deletes has one
 * kind all the same: of a folder that a file takes the place of.
 */
function deleteWords(options: CheckedOptions, deletes: Deletes): string[] {
  if (deletes === 'never') return []
  const atMost = deletes === 'as_options' ? options.maxDelete : deletes === 'unlimited' ? null : deletes.atMost
  const limit = atMost === null ? [] : [`--max-delete=${atMost}`]
  if (options.deletes === 'none') return ['--force', ...limit]
  return [
    ...(options.deletes === 'excluded' ? ['--delete-excluded'] : []),
    atMost === 0 ? '--delete-during' : '--delete-after',
    ...limit,
  ]
}

/**
 * A name that an upstream does not have any more is left alone; one that a node of ours does not have is an error (23), since
 * its tree stands still. A folder that became a file goes with its content.
 */
function listWords(deletes: Deletes, list: NonNullable<Pull['list']>): string[] {
  return [
    '--no-r',
    '--files-from=-',
    '--from0',
    ...(list.trusted ? ['--trust-sender'] : ['--ignore-missing-args']),
    ...(list.leavesFolders ? ['--no-implied-dirs'] : []),
    ...(deletes === 'never' ? [] : ['--force']),
  ]
}

/** How long an rsync with these options waits for a byte, in seconds. */
export function patienceOf(options: CheckedOptions, ioTimeoutS: number): number {
  const own = options.words.find((word) => word.startsWith('--timeout='))
  return own === undefined ? ioTimeoutS : Number(own.slice('--timeout='.length))
}

/** Both ends say nothing while they read the contents of files to compare them; of two time-outs rsync takes the last. */
function timeoutWords({ checksum, ioTimeoutS, timeoutS }: Pull, options: CheckedOptions): string[] {
  const isSilent = checksum || isGiven(options.words, 'c', '--checksum')
  if (isSilent) return [`--timeout=${timeoutS}`]
  return options.words.some((word) => word.startsWith('--timeout=')) ? [] : [`--timeout=${ioTimeoutS}`]
}

/** The first that matches a name decides. */
function filterWords({ hidden = [], spared = [], filters = [] }: Pull): string[] {
  return [...hide(hidden), ...spare(spared), ...filters.map(filterWord)]
}

/** Not as `--exclude=`, which takes `!` for the end of all rules before it, ours too, and `+ ` for an include (rsync(1), --exclude). */
function filterWord(filter: NameFilter): string {
  return 'include' in filter ? `--filter=+ ${filter.include}` : `--filter=- ${filter.exclude}`
}

function workWords(folder: string, keepPartials: boolean): string[] {
  return [
    `--temp-dir=${path.join(folder, 'temporary')}`,
    ...(keepPartials ? [`--partial-dir=${path.join(folder, 'partial')}`] : []),
  ]
}

/**
 * What no upstream gets by the way: links that lead out of the tree, devices as root, setuid and setgid, attributes of the system, and modes that keep
 * our own user out, by which the daemon that serves the tree reads it. Whoever names `-D`, `--munge-links` or the like means
 * it; `-a` alone does not. rsync applies each --chmod after the ones before.
 */
function protectiveWords(options: CheckedOptions): string[] {
  const { words } = options
  const names = (one: string) => words.includes(one)
  const linksAreSafe = names('--safe-links') || names('--munge-links')
  return [
    ...(linksAreSafe ? [] : ['--safe-links']),
    ...(isGiven(options.words, 'D', '--devices') ? [] : ['--no-devices']),
    ...(isGiven(options.words, 'D', '--specials') ? [] : ['--no-specials']),
    '--chmod=Du+rwx,Fu+r,ug-s',
    ...(isGiven(options.words, 'X', '--xattrs') ? [OUR_ATTRIBUTES] : []),
  ]
}
