// rsync over TLS, as rsync-ssl(1) does it with openssl: its arguments, its variables, and its complaints in words. Pure.

import { isIPv4, isIPv6 } from 'node:net'
import { bareHost, urlHost } from '../http/url-host.ts'
import type { Connection, Way } from './connection.ts'

/**
 * rsync has a shell run RSYNC_CONNECT_PROG and talks to the program's standard input and output. The text is fixed; all values
 * are variables in quotes, which the shell does not read again. It has no `%`, after which rsync would put the host in.
 */
export function buildTlsConnection({ host, port, address, proxy, family, ca }: Way): Connection {
  const isAddress = isIPv4(host) || isIPv6(bareHost(host))
  const words = [
    ...['exec openssl s_client -quiet -verify_quiet -verify_return_error'],
    // rsync's own words for it stand for openssl's too.
    ...(family === null ? [] : [family]),
    ...(isAddress ? ['-noservername -verify_ip "$UPSTREAM_NAME"'] : []),
    ...(isAddress ? [] : ['-servername "$UPSTREAM_NAME" -verify_hostname "$UPSTREAM_NAME"']),
    ...(ca === null ? [] : ['-CAfile "$UPSTREAM_CA"']),
    ...(address === null ? [] : ['-bind "$UPSTREAM_FROM"']),
    ...(proxy === null ? [] : ['-proxy "$UPSTREAM_PROXY"']),
    '-connect "$UPSTREAM"',
  ]
  return {
    words: [],
    env: {
      RSYNC_CONNECT_PROG: words.join(' '),
      UPSTREAM: `${urlHost(host)}:${port}`,
      UPSTREAM_NAME: bareHost(host).replace(/\.$/, ''),
      ...(ca === null ? {} : { UPSTREAM_CA: ca }),
      ...(address === null ? {} : { UPSTREAM_FROM: `${urlHost(address)}:0` }),
      ...(proxy === null ? {} : { UPSTREAM_PROXY: proxy }),
    },
    explain: explainTls,
    isShell: false,
  }
}

/** Lines of openssl that say why there is no connection. */
const REASONS: readonly (readonly [RegExp, (match: string) => string])[] = [
  [/^verify error:num=\d+:(.+)/, (reason) => `the certificate of the upstream is refused: ${reason}`],
  [/wrong version number|packet length too long/, () => 'the upstream does not speak TLS at this port'],
  [/:BIO_connect:(\w[^:]*):/, (reason) => `there is no connection for TLS: ${reason}`],
  [/(Name or service not known|failure in name resolution)/, (reason) => `there is no connection for TLS: ${reason}`],
  [/HTTP CONNECT failed, reason= ?(.*)/, (reason) => `the proxy does not connect: ${reason}`],
  [/openssl: (?:command )?not found/, () => 'the program openssl is not installed on the master; TLS needs it'],
]

function explainTls(line: string): string | null {
  for (const [pattern, says] of REASONS) {
    const match = pattern.exec(line)
    if (match !== null) return says(match[1] ?? '')
  }
  return null
}
