// The environment of every rclone of ours: the remote `up`, its secrets, and no configuration of this machine or its users. Pure.

import { createCipheriv, randomBytes } from 'node:crypto'
import { bareHost } from '../../../shared/http/url-host.ts'
import type { RcloneParts } from '../../../shared/rclone-parts.ts'
import { optionsOf } from './options.ts'

/** rclone's own key (fs/config/obscure). It hides a password from whoever looks over a shoulder; it is no encryption. */
const OBSCURE_KEY = Buffer.from('9c935b48730a554d6bfd7c63c886a92bd390198eb8128afbf4de162b8b95f638', 'hex')
/** Only these are read in that form. */
const OBSCURED: readonly string[] = ['pass', 'key_file_pass']

/** Fixed for each kind of remote: no log-in of this machine's, and no program on the server. */
const FIXED: Readonly<Record<RcloneParts['remote'], Readonly<Record<string, string>>>> = {
  http: {},
  webdav: { vendor: 'other' },
  s3: { env_auth: 'false' },
  sftp: {
    shell_type: 'none',
    disable_hashcheck: 'true',
    set_modtime: 'false',
    key_use_agent: 'false',
    ask_password: 'false',
  },
  // Without a user, rclone takes that of this process.
  ftp: { user: 'anonymous', ask_password: 'false' },
  swift: { env_auth: 'false' },
}

/** `knownHosts`: the file of `knownHostsText`. */
export function remoteEnvironment(source: RcloneParts, knownHosts: string): Record<string, string> {
  const { remote, endpoint, user, secrets = {} } = source
  const given = optionsOf(source).flatMap(([name, value]) => (Array.isArray(value) ? [] : [[name, String(value)]]))
  const hidden = Object.entries(secrets).map(([name, value]) => [name, asOption(name, value ?? '')])
  const settings: Record<string, string> = {
    ...FIXED[remote],
    ...(remote === 's3' ? { provider: endpoint === undefined ? 'AWS' : 'Other' } : {}),
    ...(remote === 'ftp' && user === undefined ? { pass: obscure('anonymous') } : {}),
    ...Object.fromEntries(given),
    ...Object.fromEntries(hidden),
    ...(source.host === undefined ? {} : { host: bareHost(source.host) }),
    ...(remote === 'sftp' ? { known_hosts_file: knownHosts } : {}),
  }
  const named = Object.entries(settings).map(([name, value]) => [`RCLONE_CONFIG_UP_${name.toUpperCase()}`, value])
  return { RCLONE_CONFIG: '/dev/null', RCLONE_CONFIG_UP_TYPE: remote, ...Object.fromEntries(named) }
}

/** What the remote is called on the command line. */
export function remotePath({ remote, path = '' }: Pick<RcloneParts, 'remote' | 'path'>): string {
  const trimmed = path.replace(/\/+$/, '')
  // A page that ends in no slash would be asked whether it is a file.
  return `up:${trimmed}${remote === 'http' && trimmed !== '' ? '/' : ''}`
}

/** The keys of a server, as known_hosts has them (sshd(8)): each line names the host that is asked, whatever it named before. */
export function knownHostsText({ host = '', port = 22, known_hosts = [] }: RcloneParts): string {
  const name = port === 22 ? bareHost(host) : `[${bareHost(host)}]:${port}`
  return known_hosts.map((line) => `${name} ${line.split(' ').slice(-2).join(' ')}\n`).join('')
}

/** Text in which no secret of the source is to be read, whatever rclone says. */
export function createHider({ secrets = {} }: Pick<RcloneParts, 'secrets'>): (text: string) => string {
  // A shorter one is part of many words, and is no secret.
  const long = Object.entries(secrets).filter(([, value]) => (value ?? '').length > 3)
  const values = long.flatMap(([name, value]) => [value ?? '', asOption(name, value ?? '')])
  return (text) => values.reduce((all, value) => all.replaceAll(value, '…'), text)
}

function asOption(name: string, value: string): string {
  if (OBSCURED.includes(name)) return obscure(value)
  // rclone reads it as a string in quotes.
  return name === 'key_pem' ? value.trim().replace(/\r?\n/g, '\\n') : value
}

/** A password in the form in which rclone reads it. */
export function obscure(password: string): string {
  const start = randomBytes(16)
  const cipher = createCipheriv('aes-256-ctr', OBSCURE_KEY, start)
  return Buffer.concat([start, cipher.update(password, 'utf8'), cipher.final()]).toString('base64url')
}
