import { describe, expect, it } from 'vitest'
import { buildConnection } from '../../../shared/rsync/connection.ts'
import { buildSshConnection } from '../../../shared/rsync/ssh-connection.ts'
import { readSshKey } from '../../../shared/rsync/ssh-key.ts'
import type { ProjectConnection } from '../../../shared/schemas/project-connection.ts'

const build = (
  fields: ProjectConnection & { rsync_host?: string },
  family: string | null = null,
  ca = '/etc/a b.pem',
) => {
  const {
    explain: _,
    isShell: _is,
    ...built
  } = buildConnection({ rsync_host: 'ftp.example.org', rsync_port: 874, ...fields }, { family, ca })
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

describe('a connection over ssh', () => {
  const way = { port: 2222, address: '192.0.2.7', family: '-4' }
  const with_ = { user: 'mirror', folder: '/data/ssh-keys/key-aB3', patienceS: 60 }

  it('is one word without blanks in its parts, and reads nothing of the machine', () => {
    const { words, env } = buildSshConnection(way, with_)
    expect([words.length, env]).toEqual([1, {}])
    expect(words[0]).toMatch(/^--rsh=ssh -F none -4 -T -l mirror -p 2222 -b 192\.0\.2\.7 -o BatchMode=yes /)
    const options = (words[0] ?? '').split(' ').filter((_word, index, all) => all[index - 1] === '-o')
    expect(options).toEqual(expect.arrayContaining(['StrictHostKeyChecking=yes', 'GlobalKnownHostsFile=none']))
    expect(options).toEqual(expect.arrayContaining(['IdentityAgent=none', 'ForwardAgent=no', 'ProxyCommand=none']))
    expect(options).toContain('UserKnownHostsFile=/data/ssh-keys/key-aB3/known_hosts')
    expect(options).toContain('IdentityFile=/data/ssh-keys/key-aB3/key')
  })

  it.each([
    { user: '' },
    { user: '-oProxyCommand=x' },
    { user: 'a b' },
    { folder: '/a b' },
    { folder: '/a%h' },
    { folder: 'a' },
    { folder: "/a'" },
    { patienceS: Number.NaN },
  ])('refuses %j', (part) => {
    expect(() => buildSshConnection(way, { ...with_, ...part })).toThrow()
  })
})

describe('a private key', () => {
  const body = 'b3BlbnNzaC1rZXktdjEAAAAA'.repeat(6)
  const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.slice(0, 70)}\n${body.slice(70, 140)}\n${body.slice(140)}\n-----END OPENSSH PRIVATE KEY-----\n`

  it('is the same however its lines end, even without ends', () => {
    for (const text of [key, key.replaceAll('\n', '\r\n'), key.replaceAll('\n', ''), key.replaceAll('\n', ' ')])
      expect(readSshKey(text)).toBe(key)
  })

  it.each(['', 'text', key.replace('BEGIN', 'BEGAN'), key.replace('END OPENSSH', 'END RSA'), `${key}${key}`])(
    'is not %j, and what was given is not shown',
    (text) => {
      expect(() => readSshKey(text)).toThrow(
        /^ssh_key: is no private key without a passphrase, as ssh-keygen writes it$/,
      )
    },
  )
})
