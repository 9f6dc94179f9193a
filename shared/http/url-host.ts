// A host as URLs write it.

/** An IPv6 address in brackets, which it may have already; a name or an IPv4 address as it is. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${bareHost(host)}]` : host
}

/** A host without the brackets of an IPv6 address. */
export function bareHost(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}
