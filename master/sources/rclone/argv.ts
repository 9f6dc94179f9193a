// The arguments of rclone. No secret is among them, and nothing of a user's but the path. Pure.

/** What bounds every rclone. */
export interface RcloneLimits {
  /** Seconds in which a connection must bring something. */
  silenceS: number
  bytesPerSecond: number | null
  /** Connections for looking at files, and as many for fetching them. */
  atOnce: number
}

const CONNECT_S = 60

function common({ silenceS, bytesPerSecond, atOnce }: RcloneLimits): string[] {
  return [
    ...['--use-json-log', '--ask-password=false', '--user-agent', 'mirrorfleet'],
    // A server that packs what it sends tells no size, and an archive that it calls packed would be unpacked.
    '--no-gzip-encoding',
    // Attempts are made by the run, which looks anew.
    ...['--retries', '1', '--low-level-retries', '3'],
    ...['--timeout', `${silenceS}s`, '--contimeout', `${Math.min(silenceS, CONNECT_S)}s`],
    ...['--checkers', String(atOnce), '--transfers', String(atOnce)],
    ...(bytesPerSecond === null ? [] : ['--bwlimit', `${Math.max(1, Math.floor(bytesPerSecond))}B`]),
  ]
}

/** The time that a bucket gives in its list: another one costs a request a file. */
const BUCKET = ['--use-server-modtime', '--fast-list']

/** `names`: only what the pages of a web server name, of which no file is looked at. `sums`: also the MD5 sums that the remote has. */
export function listArgv(
  remote: string,
  limits: RcloneLimits,
  { names = false, sums = false, hasBuckets = false }: { names?: boolean; sums?: boolean; hasBuckets?: boolean },
): string[] {
  return [
    ...['lsjson', '-R', '--files-only', '--no-mimetype'],
    ...(names ? ['--http-no-head'] : []),
    ...(sums ? ['--hash', '--hash-type', 'md5'] : []),
    ...(hasBuckets ? BUCKET : []),
    ...common(limits),
    ...['--', remote],
  ]
}

/** What lies at the top, folders too. */
export function lookArgv(remote: string, limits: RcloneLimits): string[] {
  return ['lsjson', '--no-mimetype', '--no-modtime', '--http-no-head', ...common(limits), '--', remote]
}

/**
 * Fetches the names in a file, whatever the folder has of them. A file that comes in one stream is shorter than it should be while it is
 * not whole.
 */
export function fetchArgv(
  remote: string,
  limits: RcloneLimits,
  { names, tree, hasBuckets }: { names: string; tree: string; hasBuckets: boolean },
): string[] {
  return [
    ...['copy', '--files-from-raw', names, '--no-traverse', '--no-check-dest', '--multi-thread-streams', '0'],
    ...['--stats', '1s', '--stats-log-level', 'NOTICE'],
    ...(hasBuckets ? BUCKET : []),
    ...common(limits),
    ...['--', remote, tree],
  ]
}
