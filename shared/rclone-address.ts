// A source of rclone as one address, for people, on the command line and in a form: `rclone:s3://bucket/path?region=eu-west-1`. Pure.

import { bareHost, urlHost } from './http/url-host.ts'
import { ofParts, partsOf, type RcloneParts } from './rclone-parts.ts'
import type { RcloneKind, RcloneRemote, RcloneSecret } from './schemas/rclone-source.ts'

/** The one that is asked for first. */
export const MAIN_SECRET: Readonly<Record<RcloneRemote, RcloneSecret>> = {
  http: 'headers',
  webdav: 'pass',
  s3: 'secret_access_key',
  sftp: 'pass',
  ftp: 'pass',
  swift: 'key',
}

/** Where it reads from, as people read it. */
export function showRclone(kind: RcloneKind): string {
  const source = partsOf(kind)
  const { remote, path = '', url = '', endpoint, auth, storage_url } = source
  if (remote === 'http' || remote === 'webdav') {
    const below = path.replace(/^\/+/, '')
    const address = below === '' ? url : `${url.replace(/\/+$/, '')}/${below}`
    return remote === 'http' ? address : `webdav+${address}`
  }
  if (remote === 'sftp' || remote === 'ftp') return `${remote}://${serverOf(source)}/${path.replace(/^\/+/, '')}`
  const at = endpoint ?? storage_url ?? auth
  return `${remote}://${path}${at === undefined ? '' : ` at ${at}`}`
}

/** What `readRclone` reads; of its secrets the names alone, which keep what is stored. */
export function writeRclone(source: RcloneKind): string {
  const { remote, secrets = {}, ...more } = partsOf(source)
  const { url, path = '', host = '', port, user, ...options } = more
  const [address, rest] =
    remote === 'http' || remote === 'webdav'
      ? [`${remote === 'http' ? '' : 'webdav+'}${url}`, { ...(path === '' ? {} : { path }), user, ...options }]
      : remote === 's3' || remote === 'swift'
        ? [`${remote}://${path}`, { user, ...options }]
        : [`${remote}://${serverOf({ host, port, user })}${path === '' ? '' : `/${encodeURI(path)}`}`, options]
  const names = Object.keys(secrets).join(',')
  const said = Object.entries({ ...rest, ...(names === '' ? {} : { secrets: names }) })
  const query = said.flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return `rclone:${address}${query.length === 0 ? '' : `?${new URLSearchParams(query)}`}`
}

interface Server {
  host?: string | undefined
  port?: number | undefined
  user?: string | undefined
}

function serverOf({ host = '', port, user }: Server): string {
  const before = user === undefined ? '' : `${encodeURIComponent(user)}@`
  return `${before}${urlHost(host)}${port === undefined ? '' : `:${port}`}`
}

/**
 * Reads `rclone:ADDRESS?option=value&option=value`; `secrets=pass` keeps the secret of that name. Null for anything else. Which options there
 * are, and which go together, the master says better than it could be said here.
 */
export function readRclone(text: string): RcloneKind | null {
  const [, address = '', query = ''] = /^rclone:([^?\s]+)(?:\?(\S*))?$/.exec(text.trim()) ?? []
  const where = readWhere(address)
  if (where === null) return null
  const options = [...new URLSearchParams(query)].map(([name, value]) => [name, readValue(name, value)])
  return ofParts({ ...where, ...Object.fromEntries(options) })
}

/** The last part of its path, or its host: what a project of it might be called. */
export function nameInRclone(source: RcloneKind): string {
  const { path = '', url = '', host = '' } = partsOf(source)
  const parts = `${url.replace(/^https?:\/\//, '')}${host}/${path}`.split('/').filter(Boolean)
  return parts.at(-1) ?? ''
}

type Where = Pick<RcloneParts, 'remote' | 'url' | 'path' | 'host' | 'port' | 'user'>

function readWhere(address: string): Where | null {
  const [, scheme = '', rest = ''] = /^([a-z0-9+]+):\/\/(.*)$/.exec(address) ?? []
  switch (scheme) {
    case 'http':
    case 'https':
      return { remote: 'http', url: address }
    case 'webdav+http':
    case 'webdav+https':
      return { remote: 'webdav', url: address.slice('webdav+'.length) }
    case 's3':
    case 'swift':
      return { remote: scheme, path: rest }
    case 'ftp':
    case 'sftp':
      return readServer(scheme, address)
    default:
      return null
  }
}

/**
 * After the first slash the path is as the source has it: with a second one it begins at the root of the server, else in the user's folder. A
 * password would be seen by everybody on this machine, so an address with one is none.
 */
function readServer(remote: 'ftp' | 'sftp', address: string): Where | null {
  if (!URL.canParse(address)) return null
  const { hostname, port, username, password, pathname } = new URL(address)
  const [user, path] = [decode(username), decode(pathname.slice(1))]
  if (password !== '' || user === null || path === null) return null
  return {
    remote,
    host: bareHost(hostname),
    ...(port === '' ? {} : { port: Number(port) }),
    ...(user === '' ? {} : { user }),
    ...(path === '' ? {} : { path }),
  }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function readValue(name: string, value: string): unknown {
  if (name === 'known_hosts') return value.split(',')
  if (name === 'secrets') return Object.fromEntries(value.split(',').map((one) => [one, null]))
  if (value === 'true' || value === 'false') return value === 'true'
  return ['port', 'list_version', 'auth_version'].includes(name) && /^\d+$/.test(value) ? Number(value) : value
}
