// Which nodes an order may name, and when a slave learns of them.

import { expect, it, vi } from 'vitest'
import { loadSettings } from '../../../settings.ts'
import type { FleetNodes, SyncFromMaster } from '../../../shared/schemas/messages.ts'
import { openFleetNodes } from '../../../slave/services/fleet-nodes.ts'
import { createFleetWatch } from '../../../slave/services/fleet-watch.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const address = (name: string) => ({ url: `http://${name}:5000`, hostname: name, rsyncd_port: 8873 })
const MASTERS = [address('one'), address('two')]
const order = (master: SyncFromMaster['master']) => ({ master, upstream: null, slave_id: 's:1' })

const open = (folder: string, up: Set<string>) =>
  openFleetNodes({
    settings: loadSettings(
      {
        MASTER_HOSTNAME: 'one',
        MASTER_URL: 'http://one:5000',
        SLAVE_TOKEN: 'x'.repeat(32),
        ALLOW_PLAINTEXT: 'true',
        MASTER_RSYNCD_PASSWORD: 'y'.repeat(16),
      },
      folder,
    ),
    folder,
    ask: async (url): Promise<FleetNodes | null> => {
      const master = MASTERS.find((one) => one.url === url)
      if (master === undefined || !up.has(master.hostname)) return null
      return { master, master_urls: MASTERS.map((one) => one.url), slave_hosts: ['s'] }
    },
  })

it('takes the order of another master though the one of its settings has died since its first order', async () => {
  const [folder, up] = [temporaryFolder(), new Set(['one', 'two'])]
  const nodes = await open(folder, up)
  await nodes.assertOrder(order(address('one')))
  // It learns beside the order, so that the order does not wait.
  await vi.waitFor(async () => expect(await nodes.isMaster('http://two:5000', 's:1')).toBe(true))
  up.delete('one')
  await nodes.assertOrder(order(address('two')))
  const restarted = await open(folder, up)
  await restarted.assertOrder(order(address('two')))
})

it('is told of the masters before any order when its settings name it', async () => {
  const [folder, up] = [temporaryFolder(), new Set(['one'])]
  const nodes = await open(folder, up)
  const watch = createFleetWatch({ nodes, slaveId: 's:1', onError: (error) => expect.unreachable(String(error)) })
  watch.start()
  await vi.waitFor(async () => expect(await nodes.isMaster('http://two:5000', 's:1')).toBe(true))
  await watch.stop()
  expect(await nodes.learn('s:1')).toBe(true)
  up.clear()
  expect(await nodes.learn('s:1')).toBe(false)
})

it('refuses a master that none of the known ones lists; when nobody answers, it says that it does not know yet', async () => {
  const up = new Set<string>()
  const nodes = await open(temporaryFolder(), up)
  await nodes.assertOrder(order(address('one')))
  await expect(nodes.assertOrder(order(address('two')))).rejects.toMatchObject({
    statusCode: 503,
    code: 'FLEET_NOT_KNOWN',
  })
  up.add('one').add('two')
  await nodes.assertOrder(order(address('two')))
  await expect(nodes.assertOrder(order(address('three')))).rejects.toThrow(/none of the masters/)
  await expect(nodes.assertOrder(order({ ...address('two'), rsyncd_port: 9 }))).rejects.toThrow(/rsyncd at two:9/)
})
