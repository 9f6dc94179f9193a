// How an rsync connects to its upstream: options and variables, from checked parts. Pure.

import { isIP } from 'node:net'
import { atField, InvalidInput } from '../errors.ts'
import type { ProjectConnection } from '../schemas/project-connection.ts'
import { assertHost } from './source.ts'

export interface Connection {
  /** Options, each with its value in the same word. */
  words: readonly string[]
  env: Readonly<Record<string, string>>
}

/** As the machine's routes say. */
export const PLAIN: Connection = { words: [], env: {} }

/** @throws {InvalidInput} as `assertAddress` and `assertProxy`. */
export function buildConnection({ address = null, proxy = null }: ProjectConnection): Connection {
  if (address !== null) assertAddress(address)
  if (proxy !== null) assertProxy(proxy)
  return {
    words: address === null ? [] : [`--address=${address}`],
    env: proxy === null ? {} : { RSYNC_PROXY: proxy },
  }
}

/** @throws {InvalidInput} unless it is an IPv4 or IPv6 address without a zone. */
export function assertAddress(address: string): void {
  if (isIP(address) === 0 || address.includes('%')) throw wrong('address', `"${address}" is no IPv4 or IPv6 address`)
}

/** rsync takes what stands before the first colon for the host, so that it can be no IPv6 address. @throws {InvalidInput} */
export function assertProxy(proxy: string): void {
  const [, host = '', port = ''] = /^([^:@/\s]+):(\d{1,5})$/.exec(proxy) ?? []
  if (host === '') throw wrong('proxy', 'must be host:port, without a log-in')
  assertHost(host, 'proxy')
  if (Number(port) < 1 || Number(port) > 65_535) throw wrong('proxy', `${port} is no port`)
}

function wrong(field: string, reason: string): Error {
  return atField(new InvalidInput(`${field}: ${reason}`), field)
}
