// Names, modes, times and targets of links as upstreams have them.

const WORDS = [
  ...['a', 'b', 'c', 'A', 'b c', '-x', '--delete', 'new\nline', 'tab\tx', 'cr\rx', 'x -> y', 'x => y', 'x\t -> y'],
  ...['\\#012', '\\', 'ünicode', '.hidden', '*', '?', '[a]', '#', 'end ', ' ', 'long'.repeat(60)],
  // What rsync leaves is called so; and what is not, all but.
  ...['.~tmp~', '.~tmp~x', '.rsync-partial', '.foo.AbCdEf', '.htaccess.sample'],
  // What stages keep for the second pass.
  ...['repodata', 'Packages.gz', 'Release', 'i18n', 'by-hash'],
]

/** No valid UTF-8: a byte that never occurs, a form of five bytes, and one beyond Unicode. */
const BYTES = [
  [0x62, 0xff, 0xfe],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
]

export const NAMES: readonly Buffer[] = [
  ...WORDS.map((name) => Buffer.from(name)),
  ...BYTES.map((name) => Buffer.from(name)),
]

/** Only root can edit and serve what is closed to its owner. */
export const isRoot = process.getuid?.() === 0
export const FILE_MODES: readonly number[] = [0o644, 0o600, 0o755, 0o444, 0o400, isRoot ? 0o000 : 0o440, 0o4755]
export const FOLDER_MODES: readonly number[] = [0o755, 0o775, 0o700, 0o555, 0o2775, 0o1777, isRoot ? 0o000 : 0o500]

/** Root, and a number that has no account. */
export const OWNERS: readonly number[] = [0, 1234]

/** In seconds since 1970: long ago, a while ago, and to come. */
export const TIMES: readonly number[] = [86_400, 1_700_000_000, 4_100_000_000]

/** Near, dangling, into folders, to folders, itself; and some that lead out of every tree, or of a shallow one. */
export const TARGETS: readonly string[] = [
  ...['a', 'b', 'c/a', 'nowhere', './b', 'x -> y', '../a', '.'],
  ...['/etc/passwd', '../../../../../out', '../../b'],
]
