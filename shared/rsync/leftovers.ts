// Keeps out of a mirror what the upstream's own rsync has left there, and lets go of what ours has left here. Pure.

/** Where rsync keeps what it has of a file when it is stopped in the middle; the next pull goes on from there. */
export const PARTIAL_DIR = '.rsync-partial'
/** Where rsync's `--delay-updates` keeps files until the end. */
const DELAYED_DIR = '.~tmp~'

/**
 * Hides what is named as rsync's own folders, be it a folder or not: our own rsync would use what has the name as its folder. By a
 * symlink `.rsync-partial` to `.` it removes every file in the folder that is whole already (3.5.0), and a file of that name
 * ends it with code 23.
 */
export function leftoverFolders(): string[] {
  return hide([DELAYED_DIR, PARTIAL_DIR])
}

/**
 * What matches is hidden at the source and may go at the destination (`H` and `R` in rsync(1), FILTER RULES). An exclude would
 * protect it there, and with it every folder around it that is gone upstream.
 */
export function hide(patterns: readonly string[]): string[] {
  return patterns.flatMap((pattern) => [`--filter=H ${pattern}`, `--filter=R ${pattern}`])
}

/** What matches is hidden at the source and stays at the destination, also with `--delete-excluded` (`P`). */
export function spare(patterns: readonly string[]): string[] {
  return patterns.flatMap((pattern) => [`--filter=H ${pattern}`, `--filter=P ${pattern}`])
}

/**
 * Hides the files that rsync is filling, `.NAME.XXXXXX`, whose end is random (mkstemp(3)). Other files are called so too, such as
 * `.htaccess.sample`: only an end with a capital letter right after a small letter or a digit counts, as 7 of 8 random ones
 * have it and hardly a word does. Folders are never called so. These rules come after the project's own, whose `--include`
 * can bring what they would hide.
 */
export function temporaryFiles(): string[] {
  const any = '[A-Za-z0-9]'
  const ends = [0, 1, 2, 3, 4].map((before) => `${any.repeat(before)}[a-z0-9][A-Z]${any.repeat(4 - before)}`)
  return ['--filter=S .*.??????/', ...ends.map((end) => `--filter=H .*.${end}`)]
}
