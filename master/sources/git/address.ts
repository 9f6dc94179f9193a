// Where a repository may come from, and for whom.

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { atField, InvalidInput } from '../../../shared/errors.ts'
import { createPublicRule, isRefusedHost } from '../../../shared/http/public-address.ts'
import { bareHost } from '../../../shared/http/url-host.ts'
import { PROTOCOLS } from './argv.ts'

/**
 * `ofRoot`: the project belongs to a user with the role root, whose sources may be anywhere.
 *
 * @throws {InvalidInput} that names the field.
 */
export function assertAddress(text: string, ofRoot: boolean, field = 'source.url'): void {
  const wrong = (reason: string) => atField(new InvalidInput(`${field}: ${reason}`), field)
  const url = URL.canParse(text) ? new URL(text) : null
  const scheme = url?.protocol.slice(0, -1) ?? ''
  if (scheme === 'ssh') throw wrong('ssh needs a key, which a project cannot have yet; give the https address')
  const isAllowed = PROTOCOLS.some((one) => one === scheme) && text.startsWith(`${scheme}://`)
  if (url === null || !isAllowed || url.hostname === '') throw wrong('must be an https, http or git address')
  if (url.username !== '' || url.password !== '') throw wrong('must not hold a log-in, since everybody may see it')
  if (url.search !== '' || url.hash !== '' || /[\s\\]/.test(text)) throw wrong('must be an address without ? and #')
  if (ofRoot) return
  if (scheme === 'git') throw wrong('must be an https or http address; only projects of root may use git://')
  if (isRefusedHost(url, createPublicRule()))
    throw wrong(`${url.hostname} is not a public address; only projects of root may use others`)
}

/**
 * For a project that belongs to no root: the public address that a name resolves to now, as curl takes it (CURLOPT_RESOLVE), so that it
 * cannot mean another one a moment later. Null where no name is to be resolved.
 *
 * @throws {Error} when it has no public address.
 */
export async function pinHost(text: string): Promise<string | null> {
  const { hostname, port, protocol } = new URL(text)
  if (isIP(bareHost(hostname)) !== 0) return null
  const rule = createPublicRule()
  const found = await lookup(hostname, { all: true })
  const allowed = found.find(({ address }) => rule(address))
  if (allowed === undefined) throw new Error(`${hostname} has no public address; only projects of root may use others`)
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}:${allowed.address}`
}
