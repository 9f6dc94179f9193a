// How a command is run in a sandbox: what it may see and write (bwrap(1)). Pure.

/** What a sandbox shows, absolute. `folders` are what lies in the root: a link into /usr, or a folder of its own. */
export interface SandboxPlan {
  /** The only folder that may be written. */
  tree: string
  /** What may be read beside the system's own programs. */
  readable: readonly string[]
  folders: readonly { name: string; isLink: boolean }[]
}

/** What programs need to find hosts, trust certificates and know users. Nothing else of /etc is there. */
const ETC = [
  ...[
    'ssl',
    'pki',
    'ca-certificates',
    'crypto-policies',
    'resolv.conf',
    'hosts',
    'host.conf',
    'nsswitch.conf',
    'gai.conf',
  ],
  ...[
    'passwd',
    'group',
    'services',
    'protocols',
    'localtime',
    'alternatives',
    'ld.so.cache',
    'ld.so.conf',
    'ld.so.conf.d',
  ],
  ...[
    'perl',
    'python3',
    'mime.types',
    'magic',
    'wgetrc',
    'lftp.conf',
    'debmirror.conf',
    'dnf',
    'yum.repos.d',
    'gnutls',
  ],
]

/** Of the root, where a system has no links in their place. */
export const ROOT_FOLDERS = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'] as const

/** The arguments of bwrap before the program. The network stays; the environment is inherited, so that no secret is an argument. */
export function sandboxArgv({ tree, readable, folders }: SandboxPlan): string[] {
  return [
    ...['--unshare-user-try', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...['--ro-bind', '/usr', '/usr'],
    ...folders.flatMap(({ name, isLink }) =>
      isLink ? ['--symlink', `usr/${name}`, `/${name}`] : ['--ro-bind', `/${name}`, `/${name}`],
    ),
    ...ETC.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...readable.flatMap((folder) => ['--ro-bind', folder, folder]),
    ...['--bind', tree, tree, '--remount-ro', '/', '--chdir', tree],
  ]
}

/** What a command is told. */
export interface CommandWords {
  tree: string
  previous: string | null
  project: string
  generation: number
  upstream: string
  mode: 'sync' | 'full'
  bytesPerSecond: number | null
}

export function commandEnvironment(words: CommandWords): Record<string, string> {
  return {
    MIRRORFLEET_TREE: words.tree,
    MIRRORFLEET_PREVIOUS: words.previous ?? '',
    MIRRORFLEET_PROJECT: words.project,
    MIRRORFLEET_GENERATION: String(words.generation),
    MIRRORFLEET_UPSTREAM: words.upstream,
    MIRRORFLEET_MODE: words.mode,
    MIRRORFLEET_BWLIMIT: String(words.bytesPerSecond ?? ''),
    HOME: '/tmp',
  }
}
