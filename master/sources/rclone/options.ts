// Which options a user may give to which remote: what runs a program, reads this machine or leads to another remote is not among them. Pure.

import { atField, InvalidInput } from '../../../shared/errors.ts'
import type { RcloneParts } from '../../../shared/rclone-parts.ts'
import { assertHost } from '../../../shared/rsync/source.ts'
import type { RcloneOption, RcloneRemote, RcloneSecret } from '../../../shared/schemas/rclone-source.ts'

/** One kind of remote. */
interface RemoteRule {
  needs: readonly RcloneOption[]
  may: readonly RcloneOption[]
  secrets: readonly RcloneSecret[]
  /** Its path begins with a bucket, and its folders are only names. */
  hasBuckets: boolean
  /** Connections; many servers of ftp refuse the third one. */
  atOnce: number
}

export const RULES: Readonly<Record<RcloneRemote, RemoteRule>> = {
  http: { needs: ['url'], may: ['no_slash'], secrets: ['headers'], hasBuckets: false, atOnce: 6 },
  webdav: {
    needs: ['url'],
    may: ['vendor', 'user'],
    secrets: ['pass', 'bearer_token', 'headers'],
    hasBuckets: false,
    atOnce: 4,
  },
  s3: {
    needs: [],
    may: [
      ...(['provider', 'endpoint', 'region', 'access_key_id', 'force_path_style', 'v2_auth'] as const),
      ...(['requester_pays', 'list_version'] as const),
    ],
    secrets: ['secret_access_key', 'session_token'],
    hasBuckets: true,
    atOnce: 6,
  },
  sftp: {
    needs: ['host', 'user', 'known_hosts'],
    may: ['port', 'skip_links'],
    secrets: ['pass', 'key_pem', 'key_file_pass'],
    hasBuckets: false,
    atOnce: 4,
  },
  ftp: {
    needs: ['host'],
    may: ['port', 'user', 'tls', 'explicit_tls', 'disable_epsv', 'disable_mlsd', 'disable_utf8'],
    secrets: ['pass'],
    hasBuckets: false,
    atOnce: 1,
  },
  swift: {
    needs: [],
    may: [
      ...(['auth', 'auth_version', 'user', 'user_id', 'domain', 'tenant', 'tenant_id', 'tenant_domain'] as const),
      ...(['region', 'endpoint_type', 'storage_url'] as const),
      ...(['application_credential_id', 'application_credential_name'] as const),
    ],
    secrets: ['key', 'auth_token', 'application_credential_secret'],
    hasBuckets: true,
    atOnce: 6,
  },
}

const NOT_OPTIONS: readonly string[] = ['remote', 'path', 'secrets', 'tolerate_unreadable']
const ADDRESSES = ['url', 'endpoint', 'auth', 'storage_url'] as const

/** The options of the remote that are given, by their names in rclone. */
export function optionsOf(source: RcloneParts): [name: string, value: string | number | boolean | readonly string[]][] {
  return Object.entries(source).flatMap(([name, value]) =>
    NOT_OPTIONS.includes(name) || (typeof value === 'object' && !Array.isArray(value)) ? [] : [[name, value]],
  )
}

/** @throws {InvalidInput} that names the field. */
export function assertOptions(source: RcloneParts): void {
  const { remote, path = '', secrets = {} } = source
  const { needs, may, secrets: secretNames, hasBuckets } = RULES[remote]
  const names = optionsOf(source).map(([name]) => name)
  const allowed: readonly string[] = [...needs, ...may, ...secretNames.map((name) => `secrets.${name}`)]
  const given = [...names, ...Object.keys(secrets).map((name) => `secrets.${name}`)]
  for (const name of given) if (!allowed.includes(name)) throw wrong(name, `does not go with the remote "${remote}"`)
  for (const name of needs) if (!names.includes(name)) throw wrong(name, 'is missing')
  for (const name of ADDRESSES) if (source[name] !== undefined) assertWebAddress(name, source[name])
  if (source.host !== undefined) assertHost(source.host, 'source.remote.host')
  if (hasBuckets && !/^[^/]/.test(path)) throw wrong('path', 'must begin with the name of a bucket')
  assertLogin(source, Object.keys(secrets))
}

/** What is needed to log in goes together. */
function assertLogin(source: RcloneParts, secrets: readonly string[]): void {
  const { remote } = source
  if (remote === 'sftp' && !secrets.includes('pass') && !secrets.includes('key_pem'))
    throw wrong('secrets', 'must hold pass or key_pem: nothing else logs in')
  if (secrets.includes('key_file_pass') && !secrets.includes('key_pem'))
    throw wrong('secrets.key_file_pass', 'goes with key_pem only')
  if (remote === 's3' && secrets.includes('secret_access_key') !== (source.access_key_id !== undefined))
    throw wrong('access_key_id', 'goes together with secrets.secret_access_key; leave out both for public buckets')
  if (remote === 'swift' && source.auth === undefined && source.storage_url === undefined)
    throw wrong('auth', 'is missing; give it, or storage_url with secrets.auth_token')
}

function assertWebAddress(name: string, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:\/\//.test(text) || url.hostname === '')
    throw wrong(name, 'must be an https or http address')
  if (url.username !== '' || url.password !== '')
    throw wrong(name, 'must not hold a log-in, since everybody may see it; give it in source.secrets')
  if (url.search !== '' || url.hash !== '' || /[\s\\]/.test(text))
    throw wrong(name, 'must be an address without ? and #')
}

/** `name` is that of an option of the remote, or of what stands beside it. */
function wrong(name: string, reason: string): Error {
  const field = /^(path|secrets)\b/.test(name) ? `source.${name}` : `source.remote.${name}`
  return atField(new InvalidInput(`${field}: ${reason}`), field)
}
