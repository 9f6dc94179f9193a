import { describe, expect, it } from 'vitest'
import { buildConnection } from '../../../shared/rsync/connection.ts'

describe('a connection', () => {
  it('is plain where the project says nothing', () => {
    expect(buildConnection({})).toEqual({ words: [], env: {} })
    expect(buildConnection({ address: null, proxy: null })).toEqual({ words: [], env: {} })
  })

  it('has the address as one word, and the proxy in the environment alone', () => {
    expect(buildConnection({ address: '2001:db8::1', proxy: 'proxy.example.org:3128' })).toEqual({
      words: ['--address=2001:db8::1'],
      env: { RSYNC_PROXY: 'proxy.example.org:3128' },
    })
  })

  it.each(['-e sh', '1.2.3', 'host', 'fe80::1%eth0', '', '1.2.3.4 ', '1.2.3.4\n'])(
    'refuses the address %j',
    (address) => {
      expect(() => buildConnection({ address })).toThrow(/^address: /)
    },
  )

  it.each(['host', 'host:0', 'host:65536', 'u:p@host:1', '-x:1', '[::1]:3128', 'a b:1', 'host:1\nx', 'http://h:1'])(
    'refuses the proxy %j',
    (proxy) => {
      expect(() => buildConnection({ proxy })).toThrow(/^proxy: /)
    },
  )
})
