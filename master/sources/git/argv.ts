// The arguments and the environment of every git of ours: nothing that a repository, a user or this machine has configured counts. Pure.

/** Over which a repository may come. Whatever runs a program or reads this machine (`ext::`, `file:`, a path) is not. */
export const PROTOCOLS = ['https', 'http', 'git'] as const

/** `pinned`: `HOST:PORT:ADDRESS` that a name of the address must resolve to; null to resolve it as usual. */
export interface GitWay {
  pinned: string | null
  followsRedirects: boolean
  /** Seconds in which a transfer must bring something. */
  silenceS: number
}

/** What is said before the subcommand (git-config(1)). The settings of a command line go before those of the repository. */
export function gitOptions({ pinned, followsRedirects, silenceS }: GitWay): string[] {
  const settings = [
    'protocol.allow=never',
    ...PROTOCOLS.map((name) => `protocol.${name}.allow=always`),
    'core.hooksPath=/dev/null',
    'core.fsmonitor=false',
    'core.sshCommand=/bin/false',
    'core.askPass=/bin/false',
    'core.attributesFile=/dev/null',
    'core.excludesFile=/dev/null',
    'credential.helper=',
    'submodule.recurse=false',
    'fetch.recurseSubmodules=false',
    // Everything stays in packs, which are tidied where nobody waits for it.
    'fetch.unpackLimit=1',
    'gc.auto=0',
    'maintenance.auto=false',
    'http.lowSpeedLimit=1',
    `http.lowSpeedTime=${silenceS}`,
    `http.followRedirects=${followsRedirects ? 'initial' : 'false'}`,
    ...(pinned === null ? [] : [`http.curloptResolve=${pinned}`]),
  ]
  return settings.flatMap((setting) => ['-c', setting])
}

/** GIT_ALLOW_PROTOCOL goes before the protocol settings, so it is given as well. Nothing asks a person. */
export const GIT_ENVIRONMENT: Readonly<Record<string, string>> = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '/bin/false',
  SSH_ASKPASS: '/bin/false',
  GIT_ALLOW_PROTOCOL: PROTOCOLS.join(':'),
}
