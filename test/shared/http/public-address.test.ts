import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import {
  createGuardedLookup,
  createPublicRule,
  isRefusedHost,
  RefusedAddress,
} from '../../../shared/http/public-address.ts'

const rule = createPublicRule(['198.51.101.7', '2a00:1450::7'])

describe('the rule of public addresses', () => {
  it.each(['8.8.8.8', '172.32.0.1', '192.167.255.255', '169.253.1.1', '2a00:1450::8', '2606:4700::1111'])(
    'allows %s',
    (address) => expect(rule(address)).toBe(true),
  )

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.100.100.200',
    '127.0.0.1',
    '127.9.9.9',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    'fe80::1',
    'fd00:ec2::254',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '198.51.101.7',
    '2a00:1450::7',
    'localhost',
    '',
  ])('refuses %s', (address) => expect(rule(address)).toBe(false))

  it("refuses this machine's own addresses", () => {
    const own = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
    for (const { address } of own) expect(createPublicRule()(address)).toBe(false)
  })
})

describe('isRefusedHost', () => {
  it.each([
    ['http://127.1/', true],
    ['http://2130706433/', true],
    ['http://0x7f.0.0.1/', true],
    ['http://[::1]/', true],
    ['http://[::ffff:169.254.169.254]/', true],
    ['http://localhost:5000/', true],
    ['http://a.localhost./', true],
    ['http://8.8.8.8/', false],
    ['http://example.org/', false],
  ])('of %s is %s', (url, expected) => expect(isRefusedHost(new URL(url), rule)).toBe(expected))
})

describe('the guarded lookup', () => {
  const look = (allow: (address: string) => boolean, all: boolean) =>
    new Promise<{ error: Error | null; found: unknown }>((resolve) => {
      createGuardedLookup(allow)('localhost', { all }, (error, found) => resolve({ error, found }))
    })

  it('hides what the rule refuses', async () => {
    expect((await look(rule, true)).error).toBeInstanceOf(RefusedAddress)
    expect((await look(rule, false)).error).toBeInstanceOf(RefusedAddress)
  })

  it('gives the rest in the form that is asked for', async () => {
    const allow = (address: string) => address === '127.0.0.1'
    expect(await look(allow, true)).toEqual({ error: null, found: [{ address: '127.0.0.1', family: 4 }] })
    expect(await look(allow, false)).toEqual({ error: null, found: '127.0.0.1' })
  })
})
