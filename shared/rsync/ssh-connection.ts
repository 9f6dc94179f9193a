// rsync over ssh to a daemon that the other end starts for it: the command, and its complaints in words. Pure.

import { isIPv6 } from 'node:net'
import { bareHost } from '../http/url-host.ts'
import type { Connection, Way } from './connection.ts'

/** The files that ssh reads, in a private folder of their own. */
export const SSH_KEY_FILE = 'key'
export const SSH_HOSTS_FILE = 'known_hosts'
/** What the upstream is called in the file of known hosts, whatever its name and port. */
export const SSH_ALIAS = 'upstream'

/** Nothing of the machine's or a user's own ssh: no configuration, agent, other key, forwarding or shared connection. */
const OPTIONS = [
  ...['BatchMode=yes', 'StrictHostKeyChecking=yes', 'GlobalKnownHostsFile=none', `HostKeyAlias=${SSH_ALIAS}`],
  ...['CheckHostIP=no', 'UpdateHostKeys=no', 'VerifyHostKeyDNS=no', 'PreferredAuthentications=publickey'],
  ...['IdentitiesOnly=yes', 'IdentityAgent=none', 'AddKeysToAgent=no', 'ForwardAgent=no', 'ForwardX11=no'],
  ...['ClearAllForwardings=yes', 'Tunnel=no', 'ControlMaster=no', 'ControlPath=none', 'ProxyCommand=none'],
  ...['PermitLocalCommand=no', 'CanonicalizeHostname=no', 'EscapeChar=none', 'ServerAliveInterval=15'],
]

/** What rsync and ssh read as itself: no blank, quote, `%`, `~` or `$`. */
const PLAIN_PATH = /^\/[A-Za-z0-9._/-]+$/

/** Whether the files may lie there. */
export const isPlainPath = (folder: string): boolean => PLAIN_PATH.test(folder)

/**
 * rsync splits the command at blanks, without a shell, and adds the host and a fixed command. Every part is checked here again.
 *
 * @throws {Error} for a part that could be read as something else, whoever let it in.
 */
export function buildSshConnection(
  { port, address, family }: Pick<Way, 'port' | 'address' | 'family'>,
  { user, folder, patienceS }: { user: string; folder: string; patienceS: number },
): Connection {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(user)) throw new Error(`rsync_user: "${user}" is no user name`)
  if (!isPlainPath(folder)) throw new Error(`The folder ${folder} has characters that ssh would not read as they are`)
  if (!Number.isInteger(port) || !Number.isInteger(patienceS)) throw new Error('A number is not whole')
  const options = [
    ...OPTIONS,
    `UserKnownHostsFile=${folder}/${SSH_HOSTS_FILE}`,
    `IdentityFile=${folder}/${SSH_KEY_FILE}`,
    `ConnectTimeout=${patienceS}`,
  ]
  const from = address === null ? [] : ['-b', isIPv6(bareHost(address)) ? bareHost(address) : address]
  const words = [
    'ssh',
    '-F',
    'none',
    ...(family === null ? [] : [family]),
    '-T',
    '-l',
    user,
    '-p',
    String(port),
    ...from,
  ]
  const command = [...words, ...options.flatMap((option) => ['-o', option])].join(' ')
  return { words: [`--rsh=${command}`], env: {}, explain: explainSsh, isShell: true }
}

const REASONS: readonly (readonly [RegExp, (match: string) => string])[] = [
  [/^Host key verification failed/, () => 'the host key of the upstream is not the one in ssh_known_host'],
  [/^Load key "[^"]*": (.*)/, (reason) => `ssh_key cannot be read: ${reason}`],
  [/Permission denied \(/, () => 'the upstream refuses the log-in by ssh_key'],
  [/^ssh: ((?:connect to host|Could not resolve) .*)/, (reason) => `there is no connection by ssh: ${reason}`],
  [/Failed to exec ssh/, () => 'the program ssh is not installed on the master'],
]

function explainSsh(line: string): string | null {
  for (const [pattern, says] of REASONS) {
    const match = pattern.exec(line)
    if (match !== null) return says(match[1] ?? '')
  }
  return null
}
