import { describe, expect, it } from 'vitest'
import { createAddressReader } from '../../../master/users/client-address.ts'

const read = createAddressReader('192.0.2.1 10.0.0.0/8 2001:db8::/32')
const from = (ip: string, told?: string) => read({ ip, headers: told === undefined ? {} : { 'x-forwarded-for': told } })

describe('the address of a client', () => {
  it.each([
    ['the connection, without a proxy', '203.0.113.5', undefined, '203.0.113.5'],
    ['the connection, whatever an untrusted client says', '203.0.113.5', '198.51.100.7', '203.0.113.5'],
    ['also when it says that it is a trusted proxy', '203.0.113.5', '192.0.2.1', '203.0.113.5'],
    ['what a trusted proxy says', '192.0.2.1', '198.51.100.7', '198.51.100.7'],
    [
      'what that proxy has added, not what the client wrote before it',
      '192.0.2.1',
      '127.0.0.1, 198.51.100.7',
      '198.51.100.7',
    ],
    ['behind two trusted proxies', '192.0.2.1', '6.6.6.6, 198.51.100.7, 10.1.2.3', '198.51.100.7'],
    ['the proxy itself, when it says nothing', '192.0.2.1', undefined, '192.0.2.1'],
    ['the proxy itself, when what it says is no address', '192.0.2.1', '198.51.100.7, unknown', '192.0.2.1'],
    ['the last proxy that can be read', '192.0.2.1', '<script>, 10.1.2.3', '10.1.2.3'],
    ['the first trusted one, when all are', '10.0.0.9', '10.0.0.7, 10.0.0.8', '10.0.0.7'],
    ['by IPv6', '2001:db8::1', '2001:db8:1::2, 2a00::5', '2a00::5'],
    ['by IPv4 within IPv6', '::ffff:192.0.2.1', '198.51.100.7', '198.51.100.7'],
    ['an address that only begins like a trusted one', '192.0.2.10', '198.51.100.7', '192.0.2.10'],
  ])('is %s', (_what, ip, told, expected) => expect(from(ip, told)).toBe(expected))

  it('is that of the connection when no proxy is trusted', () => {
    const nobody = createAddressReader('')
    expect(nobody({ ip: '127.0.0.1', headers: { 'x-forwarded-for': '198.51.100.7' } })).toBe('127.0.0.1')
  })
})
