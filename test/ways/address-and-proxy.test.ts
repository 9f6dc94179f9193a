// Ways to an upstream: from an address of the master, and through an HTTP proxy; with real rsync daemons.

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { startHops } from '../helpers/hops.ts'
import { startProxy } from '../helpers/http-proxy.ts'

const ONLY_SECOND = ['hosts allow = 127.0.0.2', 'hosts deny = *']

it('rsync connects from the address of the project', async () => {
  const hops = await startHops({ extra: ONLY_SECOND })
  writeFileSync(path.join(hops.upstream, 'file'), 'text')
  expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_FAILED' })
  hops.set({ address: '127.0.0.2' })
  expect(await hops.pull()).toMatchObject({ code: null, summary: { added: 1 } })
  expect(hops.log()).toContain('--address=127.0.0.2')
  hops.set({ address: '192.0.2.1' })
  const refused = await hops.pull()
  expect(refused).toMatchObject({ code: 'UPSTREAM_FAILED' })
})

it('rsync asks the proxy of the project, and says when it refuses', async () => {
  const hops = await startHops()
  writeFileSync(path.join(hops.upstream, 'file'), 'text')
  const [proxy, refusing] = [await startProxy(), await startProxy(true)]
  hops.set({ proxy: `127.0.0.1:${proxy.port}` })
  expect(await hops.pull()).toMatchObject({ code: null, summary: { added: 1 } })
  expect(proxy.asked[0]).toBe(`127.0.0.1:${hops.project().rsync_port}`)
  hops.set({ proxy: `127.0.0.1:${refusing.port}` })
  expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_FAILED' })
  expect(hops.log()).toMatch(/403|proxy/i)
  expect(refusing.asked.length).toBeGreaterThan(0)
})
