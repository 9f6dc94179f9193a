// The hosts that may connect to an rsyncd, as its configuration lists them.

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { bareHost } from '../http/url-host.ts'

/** Finds the IPv6 addresses of a name. */
export type LookUp = (name: string) => Promise<readonly string[]>

export type AllowedHosts = ReturnType<typeof createAllowedHosts>

/**
 * rsync (3.5.0) looks a name of `hosts allow` up for IPv4 alone, at each connection, so that its IPv6 addresses must stand
 * beside it. A name that cannot be looked up keeps the addresses that it had.
 */
export function createAllowedHosts(lookUp: LookUp = lookUpIPv6) {
  const known = new Map<string, readonly string[]>()
  return {
    /** The hosts without brackets, each followed by the IPv6 addresses that are known of it. */
    list: (hosts: readonly string[]): string[] => [
      ...new Set(hosts.map(bareHost).flatMap((host) => [host, ...(known.get(host) ?? [])])),
    ],
    /** Looks the names among the hosts up, one after the other: a slow name server must not take all threads. */
    learn: async (hosts: readonly string[]): Promise<void> => {
      const names = hosts.map(bareHost).filter((host) => isIP(host) === 0)
      for (const name of names) {
        const found = await lookUp(name).catch(() => null)
        if (found !== null) known.set(name, found)
      }
    },
  }
}

async function lookUpIPv6(name: string): Promise<string[]> {
  return (await lookup(name, { all: true, family: 6 })).map(({ address }) => address)
}
