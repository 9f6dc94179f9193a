// Which of a project's rsync options concern the fan-out, from the master to its slaves, too. Pure.

import type { RsyncOptions } from '../schemas/project-parts.ts'
import { checkOptions, isGiven } from './options.ts'

/** `-rlptgoD`, `-a`, `-H`, `-A`, `-X`, `-S`: what copies attributes exactly. */
const LETTERS = 'arlptgoDHAXS'
const NAMES = [
  ...['archive', 'recursive', 'links', 'perms', 'times', 'group', 'owner', 'devices', 'specials', 'hard-links'],
  ...['acls', 'xattrs', 'sparse', 'numeric-ids', 'D'],
]
/** A node's rsyncd sends munged links as they were, and whoever pulls from it munges them again. */
const MUNGE = '--munge-links'
const WORDS: ReadonlySet<string> = new Set([MUNGE, ...NAMES.flatMap((name) => [`--${name}`, `--no-${name}`])])
/** By them, and by sizes, nodes of ours tell files apart: without, all of a tree differs each time that it is compared. */
const TIMES = '--times'

/**
 * The options of the fan-out where a project has none of its own: those that copy attributes exactly. What selects, maps or
 * limits has done its work on the way to the master; a second time it would do it again, or be meant for another line.
 *
 * @throws {InvalidOption}
 */
export function fanOutOptions(options: RsyncOptions): RsyncOptions {
  const { words, deletes } = checkOptions(options)
  const kept = words.flatMap(keepAttributes).filter((word) => word !== '--no-times')
  const hasTimes = isGiven(kept, 'a', '--archive') || isGiven(kept, 't', TIMES)
  return { basic: [], defaults: hasTimes ? kept : [...kept, TIMES], delete: deletes === 'none' ? '' : '--delete' }
}

function keepAttributes(word: string): string[] {
  if (word.startsWith('--')) return WORDS.has(word) ? [word] : []
  const letters = [...word.slice(1)].filter((letter) => LETTERS.includes(letter))
  return letters.length === 0 ? [] : [`-${letters.join('')}`]
}
