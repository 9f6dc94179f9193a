// A tree that the system's rclone reads: which remote, and its options. Which options go with which remote, the master checks.

import Type, { type Static } from 'typebox'
import { Nullable, Strict } from './common.ts'

/** What rclone may read. None of them leads to this machine's files, wraps another remote, or runs a program. */
export const RCLONE_REMOTES = ['http', 's3', 'webdav', 'sftp', 'ftp', 'swift'] as const

const OneLine = '^[^\\u0000-\\u001f\\u007f]*$'
const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 512, pattern: OneLine, description }))
const address = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 2048, pattern: OneLine, description }))
const flag = () => Type.Optional(Type.Boolean({ description: 'true or false' }))

/** Each has the name and the meaning that it has in rclone, where that has it. */
const options = {
  url: address('an https or http address without a log-in'),
  no_slash: flag(),
  vendor: Type.Optional(
    Type.Enum(['other', 'nextcloud', 'owncloud'] as const, { description: '"other", "nextcloud" or "owncloud"' }),
  ),
  host: text('a host name or an IP address'),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, description: 'a port from 1 to 65535' })),
  user: text('a user name'),
  /** Of the server: keys that it shows, as ssh-keyscan(1) prints them. */
  known_hosts: Type.Optional(
    Type.Array(
      Type.String({
        maxLength: 4096,
        pattern: '^([^\\s#@|-][^\\s|]* )?(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*$',
        description: 'a line of ssh-keyscan, such as "ssh-ed25519 AAAA…"',
      }),
      { minItems: 1, maxItems: 16, description: 'a list of 1 to 16 lines of ssh-keyscan' },
    ),
  ),
  skip_links: flag(),
  tls: flag(),
  explicit_tls: flag(),
  disable_epsv: flag(),
  disable_mlsd: flag(),
  disable_utf8: flag(),
  provider: Type.Optional(
    Type.String({ pattern: '^[A-Za-z0-9]{1,32}$', description: 'a provider that rclone knows, such as "AWS"' }),
  ),
  endpoint: address('an https or http address'),
  region: text('a region'),
  access_key_id: text('an access key'),
  force_path_style: flag(),
  v2_auth: flag(),
  requester_pays: flag(),
  list_version: Type.Optional(Type.Integer({ minimum: 1, maximum: 2, description: '1 or 2' })),
  auth: address('an https or http address'),
  auth_version: Type.Optional(Type.Integer({ minimum: 1, maximum: 3, description: '1, 2 or 3' })),
  user_id: text('the id of a user'),
  domain: text('the domain of a user'),
  tenant: text('the name of a tenant or project'),
  tenant_id: text('the id of a tenant or project'),
  tenant_domain: text('the domain of a tenant'),
  endpoint_type: Type.Optional(
    Type.Enum(['public', 'internal', 'admin'] as const, { description: '"public", "internal" or "admin"' }),
  ),
  storage_url: address('an https or http address'),
  application_credential_id: text('the id of a credential'),
  application_credential_name: text('the name of a credential'),
}

/** All of them, of whatever remote. */
export const RCLONE_SECRETS = [
  'pass',
  'headers',
  'bearer_token',
  'key_pem',
  'key_file_pass',
  'secret_access_key',
  'session_token',
  'key',
  'auth_token',
  'application_credential_secret',
] as const

export type RcloneRemote = (typeof RCLONE_REMOTES)[number]
export type RcloneSecret = (typeof RCLONE_SECRETS)[number]
export type RcloneOption = keyof typeof options

export const RcloneKind = Strict({
  kind: Type.Literal('rclone'),
  remote: Strict({
    type: Type.Enum(RCLONE_REMOTES, { description: '"http", "s3", "webdav", "sftp", "ftp" or "swift"' }),
    ...options,
  }),
  /** Below the remote's address; of object stores, it begins with the bucket. */
  path: Type.Optional(
    Type.String({
      maxLength: 1024,
      pattern: '^(?!(.*/)?\\.{1,2}(/|$))(?!.*//)[^\\u0000-\\u001f\\u007f]*$',
      description: 'a path without . and .. as parts',
    }),
  ),
  /** Nobody sees them: null in answers, and in a request that keeps what is stored. */
  secrets: Type.Optional(
    Type.Record(
      Type.String({ pattern: `^(${RCLONE_SECRETS.join('|')})$` }),
      Nullable(Type.String({ minLength: 1, maxLength: 16384, pattern: '^[^\\u0000]*$' })),
      { additionalProperties: false },
    ),
  ),
  /** Files that the remote shows and does not give are kept as they were; then nothing is deleted. */
  tolerate_unreadable: flag(),
})
export type RcloneKind = Static<typeof RcloneKind>
