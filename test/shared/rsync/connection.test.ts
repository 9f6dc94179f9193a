import { describe, expect, it } from 'vitest'
import { buildConnection } from '../../../shared/rsync/connection.ts'
import type { ProjectConnection } from '../../../shared/schemas/project-connection.ts'

const build = (
  fields: ProjectConnection & { rsync_host?: string },
  family: string | null = null,
  ca = '/etc/a b.pem',
) => {
  const { explain: _, ...built } = buildConnection(
    { rsync_host: 'ftp.example.org', rsync_port: 874, ...fields },
    { family, ca },
  )
  return built
}

describe('a connection', () => {
  it('is plain where the project says nothing', () => {
    expect(build({})).toEqual({ words: [], env: {} })
    expect(build({ address: null, proxy: null })).toEqual({ words: [], env: {} })
  })

  it('has the address as one word, and the proxy in the environment alone', () => {
    expect(build({ address: '2001:db8::1', proxy: 'proxy.example.org:3128' })).toEqual({
      words: ['--address=2001:db8::1'],
      env: { RSYNC_PROXY: 'proxy.example.org:3128' },
    })
  })

  it.each(['-e sh', '1.2.3', 'host', 'fe80::1%eth0', '', '1.2.3.4 ', '1.2.3.4\n'])(
    'refuses the address %j',
    (address) => {
      expect(() => build({ address })).toThrow(/^address: /)
    },
  )

  it.each(['host', 'host:0', 'host:65536', 'u:p@host:1', '-x:1', '[::1]:3128', 'a b:1', 'host:1\nx', 'http://h:1'])(
    'refuses the proxy %j',
    (proxy) => {
      expect(() => build({ proxy })).toThrow(/^proxy: /)
    },
  )

  it('over TLS is a fixed text, and all values are variables', () => {
    const { words, env } = build({ transport: 'tls', address: '2001:db8::1', proxy: 'p.example.org:1' }, '-6')
    const { RSYNC_CONNECT_PROG: text, ...variables } = env
    expect(words).toEqual([])
    expect(text).toBe(
      'exec openssl s_client -quiet -verify_quiet -verify_return_error -6 -servername "$UPSTREAM_NAME" ' +
        '-verify_hostname "$UPSTREAM_NAME" -CAfile "$UPSTREAM_CA" -bind "$UPSTREAM_FROM" -proxy "$UPSTREAM_PROXY" ' +
        '-connect "$UPSTREAM"',
    )
    expect(variables).toEqual({
      UPSTREAM: 'ftp.example.org:874',
      UPSTREAM_NAME: 'ftp.example.org',
      UPSTREAM_CA: '/etc/a b.pem',
      UPSTREAM_FROM: '[2001:db8::1]:0',
      UPSTREAM_PROXY: 'p.example.org:1',
    })
    const byAddress = build({ transport: 'tls', rsync_host: '2001:db8::2' }).env
    expect(byAddress).toMatchObject({ UPSTREAM: '[2001:db8::2]:874', UPSTREAM_NAME: '2001:db8::2' })
    expect(byAddress.RSYNC_CONNECT_PROG).toContain('-noservername -verify_ip "$UPSTREAM_NAME"')
    expect(() => build({ transport: 'tls', rsync_host: '$(reboot)' })).toThrow(/^rsync_host: /)
  })
})
