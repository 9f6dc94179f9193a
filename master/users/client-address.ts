// The address of a client: that of the connection, or what a proxy that the operator trusts says of it.

import { BlockList, isIP } from 'node:net'
import type { Server } from '../../shared/http/create-server.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the request comes from, as far as it can be believed. */
    clientAddress: string
  }
}

export interface Connected {
  ip: string
  headers: Readonly<Record<string, unknown>>
}

/**
 * Makes the function that finds a client's address. `proxies` are the addresses and networks (`192.0.2.1 10.0.0.0/8`) whose
 * X-Forwarded-For is believed. Each proxy adds the address that it was connected from at the end, so that the list is read
 * from its end, and only as far as proxies that are trusted have written it.
 */
export function createAddressReader(proxies: string): (request: Connected) => string {
  const trusted = readProxies(proxies)
  const isTrusted = (address: string) => trusted.check(address, familyOf(address))
  return ({ ip, headers }) => {
    const told = String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((one) => one.trim())
    let address = ip
    while (isIP(address) !== 0 && isTrusted(address)) {
      const next = told.pop() ?? ''
      // Nothing, or nothing that can be read: then it came from this proxy, which is all that is known.
      if (isIP(next) === 0) break
      address = next
    }
    return address
  }
}

/** Gives each request its `clientAddress`. */
export function installClientAddress(app: Server, { TRUSTED_PROXIES }: { TRUSTED_PROXIES: string }): void {
  const read = createAddressReader(TRUSTED_PROXIES)
  app.decorateRequest('clientAddress', {
    getter() {
      return read(this)
    },
  })
}

function readProxies(text: string): BlockList {
  const list = new BlockList()
  for (const entry of text.split(/\s+/).filter(Boolean)) {
    const [address = '', bits] = entry.split('/')
    if (bits === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(bits), familyOf(address))
  }
  return list
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
