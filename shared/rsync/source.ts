// Writes the one well-formed source URL of a transfer: rsync takes a malformed one for a host to reach by ssh.

import { isIPv4, isIPv6 } from 'node:net'
import path from 'node:path'
import { atField, InvalidInput } from '../errors.ts'
import { bareHost, urlHost } from '../http/url-host.ts'
import { trimSlashes } from './show-upstream.ts'

/** Where to pull from. `path` is `module` or `module/path`. */
export interface RsyncSource {
  user: string | null
  host: string
  port: number
  path: string
}

/** A tree on this node, by its absolute folder. The path is always our own, never a user's. */
export interface LocalTree {
  local: string
}

/**
 * The URL `rsync://[user@]host[:port]/module/path/`; the slash at its end means "the contents of".
 *
 * @throws {InvalidInput} when a part could make the URL mean something else.
 */
export function buildSourceUrl(source: RsyncSource | LocalTree): string {
  // Such a path begins with a slash, and so names no host.
  if ('local' in source) return `${path.resolve(source.local)}/`
  return `${buildUrl(source)}/`
}

/** The URL of one file below the source's path. @throws {InvalidInput} as `buildSourceUrl`. */
export function buildFileUrl(source: RsyncSource, file: string): string {
  assertFile(file)
  return buildUrl({ ...source, path: `${trimSlashes(source.path)}/${file}` })
}

function buildUrl(source: RsyncSource): string {
  assertHost(source.host)
  assertModule(source.path)
  if (source.user !== null && !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(source.user)) {
    throw atField(new InvalidInput(`rsync_user: "${source.user}" is no user name`), 'rsync_user')
  }
  const user = source.user === null ? '' : `${source.user}@`
  return `rsync://${user}${urlHost(source.host)}:${source.port}/${asPath(trimSlashes(source.path))}`
}

/** A daemon without a chroot takes the module off, and reads as an option what then begins with a hyphen (3.2.7). */
function asPath(path: string): string {
  return path.replace(/^([^/]+)\/-/, '$1/./-')
}

/** @throws {InvalidInput} unless it is a host name (RFC 1123, underscores allowed), an IPv4 or an IPv6 address. */
export function assertHost(host: string, field = 'rsync_host'): void {
  const label = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/
  const isName =
    host.length <= 253 &&
    host
      .replace(/\.$/, '')
      .split('.')
      .every((part) => label.test(part))
  // A name of digits and dots alone is an address gone wrong.
  if (isIPv4(host) || isIPv6(bareHost(host)) || (isName && !/^[\d.]+$/.test(host))) return
  throw atField(new InvalidInput(`${field}: "${host}" is no host name or IP address`), field)
}

/**
 * @throws {InvalidInput} for a module or path that leaves its module, is read as an option, or that the server's
 *   shell-like expansion would turn into other names.
 */
export function assertModule(module: string, field = 'rsync_module'): void {
  const parts = trimSlashes(module).split('/')
  const reason = parts.some((part) => part === '..' || part === '.')
    ? 'must not hold . or .. as a part'
    : parts.some((part) => part === '')
      ? 'must name a module'
      : module.startsWith('-')
        ? 'must not start with -'
        : module.startsWith('#')
          ? 'must not start with #'
          : // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
            /[\x00-\x1f\x7f*?[\]\\]/.test(module)
            ? 'must not hold control characters or any of * ? [ ] \\'
            : null
  if (reason !== null) throw atField(new InvalidInput(`${field}: ${reason}`), field)
}

/** @throws {InvalidInput} unless it is a path below a module that can mean nothing else. */
export function assertFile(file: string, field = 'file'): void {
  if (file.startsWith('/') || file.endsWith('/'))
    throw atField(new InvalidInput(`${field}: must be a path below rsync_module, without a slash at its ends`), field)
  assertModule(file, field)
}

/**
 * A source as its module alone, and the folder in it ('' for the module's root). Names of a list must begin at the
 * module's root: without chroot, rsync 3.5.0's daemon does not find them below a folder, and says that they vanished.
 */
export function splitModule<S extends RsyncSource | LocalTree>(source: S): { root: S; folder: string } {
  if (!('path' in source)) return { root: source, folder: '' }
  const [module = '', ...folder] = source.path.split('/').filter((part) => part !== '')
  return { root: { ...source, path: module }, folder: folder.join('/') }
}
