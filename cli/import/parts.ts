// What importers share: upstreams, names and folders as the API takes them. Pure.

import { buildSourceUrl } from '../../shared/rsync/source.ts'
import { readUpstreamAddress, type UpstreamAddress } from '../../shared/rsync/upstream-address.ts'

const LONGEST_NAME = 64
/**
 * An rsync daemon as `rsync://[user@]host[:port]/module` or `[user@]host::module`. A password is left out.
 *
 * @throws {Error} with the reason when it is none, or the API would refuse it.
 */
export function readUpstream(text: string): UpstreamAddress {
  const found = readUpstreamAddress(text)
  if (found === null) throw new Error('its source is not an rsync daemon')
  const { rsync_host: host, rsync_module: path, rsync_port: port = 873, rsync_user: user = null } = found
  buildSourceUrl({ user, host, port, path })
  if (port < 1 || port > 65_535) throw new Error(`its port ${port} is outside 1 to 65535`)
  return found
}

/** True for an address with a password in it, `rsync://user:password@…`. */
export const namesPassword = (address: string): boolean => /^rsync:\/\/[^/@]*:[^/@]*@/.test(address)

/** An address as it may be shown. */
export const withoutPassword = (address: string): string => address.replace(/^(rsync:\/\/[^/:@]*):[^/@]*@/, '$1@')

/** The folder in which a project's own folder lies, and that one's name. @throws {Error} when the API would refuse it. */
export function splitFolder(folder: string): { dest: string; folder: string } {
  const parts = folder.split('/').filter(Boolean)
  if (!folder.startsWith('/')) throw new Error('its destination is not an absolute path on this machine')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (parts.includes('..') || /[\x00-\x1f\x7f:]/.test(folder))
    throw new Error('its destination has .., a colon or a control character in it')
  return { dest: `/${parts.slice(0, -1).join('/')}`, folder: parts.at(-1) ?? '' }
}

/** A name that the API takes, as near to `wanted` as can be, and that none of `taken` has. */
export function makeName(wanted: string, taken: readonly string[]): string {
  const plain = wanted.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'project'
  for (let number = 1; ; number++) {
    const end = number === 1 ? '' : `-${number}`
    const name = plain.slice(0, LONGEST_NAME - end.length) + end
    if (!taken.includes(name)) return name
  }
}
