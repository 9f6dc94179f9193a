// How an rsync connects to its upstream: options and variables, from checked parts. Pure.

import { isIP } from 'node:net'
import { atField, InvalidInput } from '../errors.ts'
import { connectionOf, type ProjectConnection } from '../schemas/project-connection.ts'
import { assertHost } from './source.ts'
import { buildTlsConnection } from './tls-connection.ts'

export interface Connection {
  /** Options, each with its value in the same word. */
  words: readonly string[]
  env: Readonly<Record<string, string>>
  /** Why there is no connection, when a line of the programs says so; else null. */
  explain: (line: string) => string | null
  /** True when a program makes the connection for rsync, which knows no time-out of its own for that then. */
  isShell: boolean
}

/** Makes a connection for as long as it is used. */
export type Connect = <T>(use: (connection: Connection) => Promise<T>) => Promise<T>

/** Where a connection leads, and how. */
export interface Way extends Omit<Required<ProjectConnection>, 'ssh_known_host'> {
  host: string
  port: number
  /** `-4` or `-6` for one kind of address only. */
  family: string | null
  /** A file of certificates that are trusted besides those of the system. */
  ca: string | null
}

/** As the machine's routes say. */
export const PLAIN: Connection = { words: [], env: {}, explain: () => null, isShell: false }

export const plainly: Connect = (use) => use(PLAIN)

/** @throws {InvalidInput} for parts that are not allowed, whoever let them in. */
export function buildConnection(
  project: ProjectConnection & { rsync_host: string; rsync_port: number },
  { family, ca }: Pick<Way, 'family' | 'ca'>,
): Connection {
  const { address, proxy, transport } = connectionOf(project)
  const { rsync_host: host, rsync_port: port } = project
  if (transport === 'ssh') throw new Error('A connection over ssh has files of its own')
  assertHost(host)
  if (address !== null) assertAddress(address)
  if (proxy !== null) assertProxy(proxy)
  if (transport === 'tls') return buildTlsConnection({ host, port, address, proxy, transport, family, ca })
  return {
    ...PLAIN,
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
