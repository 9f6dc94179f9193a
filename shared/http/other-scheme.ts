// Recognizes a failed request that spoke TLS to a server without it, or the other way round. Pure.

/** A server without TLS answers a handshake with text, which OpenSSL takes for another version. */
const NO_TLS_THERE = ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'EPROTO']
/** A server with TLS ends the connection when it reads anything but a handshake; but so does one that is stopped. */
const MAYBE_TLS_THERE = ['UND_ERR_SOCKET', 'ECONNRESET']

/** What the server speaks, by the code of the error: `http` is certain, `https` is a guess. Null when nothing says so. */
export function otherScheme(url: string, code: unknown): 'http' | 'https' | null {
  if (typeof code !== 'string') return null
  if (url.startsWith('https:')) return NO_TLS_THERE.includes(code) ? 'http' : null
  return MAYBE_TLS_THERE.includes(code) ? 'https' : null
}
