// rsync over TLS to an upstream: a real rsync daemon behind TLS, with certificates that fit and that do not.

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { makeCertificates } from '../../scripts/sample/certificates.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { startHops } from '../helpers/hops.ts'
import { startProxy } from '../helpers/http-proxy.ts'
import { startTlsFront } from '../helpers/tls-front.ts'

const GOOD = { code: null, summary: { added: 1 } }

async function start(TLS_CA?: string) {
  const certificates = makeCertificates(temporaryFolder())
  const ca = TLS_CA ?? certificates.ca
  const hops = await startHops({ settings: { TLS_CA: ca, TLS_CERT: certificates.cert, TLS_KEY: certificates.key } })
  writeFileSync(path.join(hops.upstream, 'file'), 'text')
  const front = await startTlsFront(hops.project().rsync_port, certificates)
  const plainPort = hops.project().rsync_port
  hops.set({ transport: 'tls', rsync_host: 'localhost', rsync_port: front.port })
  return { hops, front, plainPort }
}

it('a tree comes over TLS, by the name or the address of the upstream, and from an address', async () => {
  const { hops, front } = await start()
  expect(await hops.pull()).toMatchObject(GOOD)
  writeFileSync(path.join(hops.upstream, 'second'), 'text')
  hops.set({ rsync_host: '127.0.0.1', address: '127.0.0.3' })
  expect(await hops.pull()).toMatchObject(GOOD)
  expect(front.peers).toContain('127.0.0.3')
})

it('a tree comes over TLS through a proxy', async () => {
  const { hops, front } = await start()
  const proxy = await startProxy()
  hops.set({ proxy: `127.0.0.1:${proxy.port}` })
  expect(await hops.pull()).toMatchObject(GOOD)
  expect(proxy.asked).toContain(`localhost:${front.port}`)
  const refusing = await startProxy(true)
  hops.set({ proxy: `127.0.0.1:${refusing.port}` })
  const { error } = await hops.pull()
  expect(error).toContain('the proxy does not connect: 403 Forbidden')
})

it('a certificate of somebody else, or for another name, is refused in words', async () => {
  const { hops } = await start(makeCertificates(temporaryFolder()).ca)
  const foreign = await hops.pull()
  expect(foreign.code).toBe('UPSTREAM_FAILED')
  expect(foreign.error).toMatch(/^the certificate of the upstream is refused: unable to get local issuer certificate/)
  const { hops: named } = await start()
  // Which is this machine too, and not in the certificate.
  named.set({ rsync_host: '0.0.0.0' })
  const other = await named.pull()
  expect(other.error).toMatch(/^the certificate of the upstream is refused: IP address mismatch/)
})

it('a server without TLS, and none at all, are told of', async () => {
  const { hops, plainPort } = await start()
  hops.set({ rsync_port: plainPort })
  expect((await hops.pull()).error).toMatch(/^the upstream does not speak TLS at this port/)
  hops.set({ rsync_host: 'nowhere.invalid' })
  expect((await hops.pull()).error).toMatch(/^there is no connection for TLS: .*name/i)
})
