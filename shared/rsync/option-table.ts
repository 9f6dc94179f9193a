// The allow-list of rsync options, and why the others are refused (rsync(1), rsync 3.2.5 to 3.5).

/** What kind of value an option takes; `flag` takes none. */
export type Shape = 'flag' | keyof typeof VALUE_SHAPES

interface ValueShape {
  matches: (value: string) => boolean
  /** What would be right, for a message. */
  says: string
}

const pattern = (expression: RegExp, says: string): ValueShape => ({ matches: (value) => expression.test(value), says })

export const VALUE_SHAPES = {
  count: pattern(/^\d{1,9}$/, 'a whole number'),
  window: pattern(/^(-1|\d{1,9})$/, 'a whole number of seconds, or -1 to compare nanoseconds'),
  /** 0 would switch the supervision of a hanging transfer off. */
  timeout: pattern(/^[1-9]\d{0,5}$/, 'a whole number of seconds, 1 or more'),
  size: pattern(/^\d{1,12}(\.\d{1,6})?([kmgtp](i?b)?|b)?([+-]1)?$/i, 'a size such as 500, 10m or 1.5G'),
  pattern: { matches: (value) => value.length > 0 && value.trim() !== '!', says: 'a file name pattern' },
  /** Without modifiers, one of which reads files; excludes and includes are options of their own. */
  rule: pattern(/^(risk|protect|hide|show|[RPHS]) \S.*$/, 'risk, protect, hide or show, a space and a pattern'),
  /** `none` would let a file that came wrong pass, and ends a comparison of contents with code 4. */
  checksum: pattern(
    /^(auto|xxh128|xxh3|xxh64|xxhash|md5|md4|sha1)(,(auto|xxh128|xxh3|xxh64|xxhash|md5|md4|sha1))?$/i,
    'auto, xxh128, xxh3, xxh64, md5, md4 or sha1, or two of them with a comma; without one, nothing says that a file came right',
  ),
  compression: pattern(/^(auto|zstd|lz4|zlibx|zlib|none)$/i, 'auto, zstd, lz4, zlibx, zlib or none'),
  chmod: pattern(
    /^[DF]?([0-7]{3}|[ugoa]*[-+=][rwxX]*)(,[DF]?([0-7]{3}|[ugoa]*[-+=][rwxX]*)){0,15}$/,
    'modes such as Dug=rwx,F644, without setuid, setgid or sticky',
  ),
  owner: pattern(/^([\w.-]{1,64}|(?=:))(:[\w.-]{1,64})?$/, 'USER, USER:GROUP or :GROUP'),
  map: pattern(
    /^[\w.*-]{1,64}:[\w.-]{1,64}(,[\w.*-]{1,64}:[\w.-]{1,64}){0,31}$/,
    'a list such as 0-99:nobody,*:mirror',
  ),
  charset: pattern(/^[\w.:-]{1,32}(,[\w.:-]{1,32})?$/, 'character sets such as UTF-8,ISO-8859-1'),
  suffixes: pattern(/^[\w.[\]/-]{1,256}$/, 'suffixes such as gz/jpg/mp[34]'),
} satisfies Record<string, ValueShape>

/** Flags with a letter, and their long name. `-a` is all of `-rlptgoD`. */
export const LETTERS: Readonly<Record<string, string>> = {
  a: 'archive',
  r: 'recursive',
  l: 'links',
  p: 'perms',
  t: 'times',
  g: 'group',
  o: 'owner',
  D: 'D',
  H: 'hard-links',
  S: 'sparse',
  A: 'acls',
  X: 'xattrs',
  c: 'checksum',
  I: 'ignore-times',
  u: 'update',
  W: 'whole-file',
  O: 'omit-dir-times',
  J: 'omit-link-times',
  m: 'prune-empty-dirs',
  x: 'one-file-system',
  y: 'fuzzy',
  z: 'compress',
  U: 'atimes',
  v: 'verbose',
  '4': 'ipv4',
  '6': 'ipv6',
}

const LONG_FLAGS = [
  'archive recursive links perms times group owner hard-links sparse acls xattrs checksum ignore-times update whole-file',
  'omit-dir-times omit-link-times prune-empty-dirs one-file-system fuzzy compress atimes verbose ipv4 ipv6 devices',
  'specials size-only existing ignore-existing safe-links munge-links numeric-ids partial delay-updates fsync',
  'preallocate open-noatime ignore-missing-args',
  // The `--no-` forms that rsync knows, but not of -r: a mirror is recursive.
  'no-links no-perms no-times no-group no-owner no-D no-hard-links no-sparse no-acls no-xattrs no-checksum',
  'no-whole-file no-omit-dir-times no-omit-link-times no-prune-empty-dirs no-one-file-system no-fuzzy no-compress',
  'no-atimes no-verbose no-devices no-specials no-munge-links no-numeric-ids no-partial no-delay-updates',
  'no-inc-recursive no-open-noatime no-motd',
]
  .join(' ')
  .split(' ')

const VALUE_OPTIONS: Readonly<Record<string, Exclude<Shape, 'flag'>>> = {
  timeout: 'timeout',
  contimeout: 'timeout',
  'max-delete': 'count',
  'compress-level': 'count',
  'modify-window': 'window',
  'checksum-seed': 'count',
  bwlimit: 'size',
  'max-size': 'size',
  'min-size': 'size',
  'block-size': 'size',
  exclude: 'pattern',
  include: 'pattern',
  filter: 'rule',
  'checksum-choice': 'checksum',
  'compress-choice': 'compression',
  chmod: 'chmod',
  chown: 'owner',
  usermap: 'map',
  groupmap: 'map',
  iconv: 'charset',
  'skip-compress': 'suffixes',
}

/** Every accepted long option without its dashes, and the shape of its value. */
export const ACCEPTED: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ...LONG_FLAGS.map((name): [string, Shape] => [name, 'flag']),
  ...Object.entries(VALUE_OPTIONS),
])

/** Other spellings of accepted options. */
const ALIASES: Readonly<Record<string, string>> = {
  'ignore-non-existing': 'existing',
  'no-i-r': 'no-inc-recursive',
  del: 'delete-during',
  ...Object.fromEntries(
    Object.entries(LETTERS)
      .filter(([, name]) => LONG_FLAGS.includes(`no-${name}`))
      .map(([letter, name]) => [`no-${letter}`, `no-${name}`]),
  ),
}

/** The name of an option in this table, whatever it is called. */
export function aliasOf(name: string): string {
  return (Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined) ?? name
}

/** Options that may stand more than once: their order matters and their values differ. */
export const REPEATABLE: ReadonlySet<string> = new Set(['exclude', 'include', 'filter'])

/** What the `delete` part may be, without dashes. */
export const DELETE_OPTIONS: ReadonlySet<string> = new Set(
  'delete del delete-before delete-during delete-delay delete-after delete-excluded'.split(' '),
)

/** Letters that take a value: what follows them in the word, or else the next word. */
export const VALUE_LETTERS = 'eMfTB@'

const REFUSED_WITH_VALUE: ReadonlySet<string> = new Set(
  (
    'password-file files-from exclude-from include-from log-file temp-dir backup-dir partial-dir compare-dest copy-dest ' +
    'link-dest write-batch only-write-batch read-batch early-input confine-root rsh rsync-path remote-option config dparam ' +
    'copy-as sockopts address port protocol suffix info debug stderr outbuf out-format log-format log-file-format ' +
    'stop-after stop-at time-limit max-alloc compress-threads cc zc zl'
  ).split(' '),
)

/** True for a long option, without its dashes, that takes the next word as its value when none is attached. */
export function takesValue(name: string): boolean {
  return REFUSED_WITH_VALUE.has(name) || (ACCEPTED.get(name) ?? 'flag') !== 'flag'
}

const REASONS: Readonly<Record<string, string>> = {
  'it can harm a mirror':
    'inplace append append-verify L copy-links k copy-dirlinks K keep-dirlinks copy-unsafe-links copy-devices ' +
    'write-devices fake-super super b backup suffix R relative C cvs-exclude F d dirs remove-source-files ' +
    'ignore-errors force no-recursive no-r E executability',
  'it names a local path, and those are for the service to set':
    'password-file files-from from0 0 exclude-from include-from log-file temp-dir T backup-dir partial-dir ' +
    'compare-dest copy-dest link-dest write-batch only-write-batch read-batch early-input insecure-links ' +
    'confine-root mkpath',
  'it runs a program or changes the other end':
    'e rsh rsync-path M remote-option daemon config dparam detach no-detach server sender copy-as sockopts ' +
    'port protocol blocking-io no-blocking-io old-args s secluded-args protect-args trust-sender',
  'give the address as the field `address` of the project': 'address',
  'it is for the service to set, or would blind its supervision':
    'no-timeout no-contimeout q quiet info debug stderr msgs2stderr no-msgs2stderr outbuf out-format log-format ' +
    'log-file-format i itemize-changes progress no-progress P h human-readable 8 8-bit-output list-only stats help ' +
    'version V n dry-run stop-after stop-at time-limit max-alloc',
}

const REASON_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(REASONS).flatMap(([reason, names]) =>
    names.split(' ').map((name): [string, string] => [name, reason]),
  ),
)

/** Why an option (without dashes) is refused. */
export function refusalReason(name: string): string {
  if (DELETE_OPTIONS.has(name)) return 'delete options go into "delete", one of them'
  return REASON_OF.get(name) ?? 'it is not on the list of accepted options'
}
