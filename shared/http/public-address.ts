// Keeps requests that users have asked for away from this machine, its network, and what clouds answer there.

import { lookup } from 'node:dns'
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net'
import { networkInterfaces } from 'node:os'
import { bareHost } from './url-host.ts'

/** The IPv4 special-purpose address registry of IANA (RFC 6890), multicast (RFC 5771) and what is reserved. */
const NOT_PUBLIC_4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]
/** Of 2000::/3, the only unicast addresses that are global (RFC 4291): protocols, tunnels and documentation (RFC 6890, 9637). */
const NOT_PUBLIC_6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

/** Says of an IP address whether it may be connected to. */
export type AddressRule = (address: string) => boolean

/** A name has no address that the rule allows. The message is the name. */
export class RefusedAddress extends Error {}

/** Allows what anyone on the internet can reach, except this machine by its own addresses. */
export function createPublicRule(own: readonly string[] = ownAddresses()): AddressRule {
  const refused = new BlockList()
  for (const [net, prefix] of NOT_PUBLIC_4) refused.addSubnet(net, prefix, 'ipv4')
  for (const [net, prefix] of NOT_PUBLIC_6) refused.addSubnet(net, prefix, 'ipv6')
  for (const address of own) refused.addAddress(address, isIPv4(address) ? 'ipv4' : 'ipv6')
  const global6 = new BlockList()
  global6.addSubnet('2000::', 3, 'ipv6')
  return (address) => {
    if (isIPv4(address)) return !refused.check(address, 'ipv4')
    return isIP(address) === 6 && global6.check(address, 'ipv6') && !refused.check(address, 'ipv6')
  }
}

/** True when the host of an address is itself an IP address, or `localhost`, that the rule refuses. */
export function isRefusedHost({ hostname }: URL, rule: AddressRule): boolean {
  const host = bareHost(hostname)
  if (isIP(host) !== 0) return !rule(host)
  return /^(.*\.)?localhost\.?$/.test(host) && !rule('127.0.0.1')
}

/**
 * Resolves names for connections, and hides the addresses that the rule refuses: what is judged is what is connected to,
 * whatever the name means a moment later. A host that is an address already is never looked up: see `isRefusedHost`.
 */
export function createGuardedLookup(rule: AddressRule): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '', 0)
      const allowed = found.filter(({ address }) => rule(address))
      const [first] = allowed
      if (first === undefined) return callback(new RefusedAddress(hostname), '', 0)
      if (options.all) return callback(null, allowed)
      callback(null, first.address, first.family)
    })
  }
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .map(({ address }) => address)
}
