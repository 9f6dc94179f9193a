// A slave that loses, between two looks of its master, a tree that it has synced since the first: the looks are the test's own.

import { mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { buildApp } from '../../master/app.ts'
import { createContext } from '../../master/context.ts'
import { createSlaveCatchUp } from '../../master/services/slave-catch-up.ts'
import { createSlaveReconciler } from '../../master/services/slave-reconciler.ts'
import { SAMPLE_LOGIN } from '../../scripts/sample/fleet.ts'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { loadSettings } from '../../settings.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 1 })

/** The fleet's master in this process, over the same folder; it looks at its slaves when it is told to. */
async function startMaster() {
  const { master, dataFolder, ports } = sample.fleet
  await master.stop()
  const env = {
    DATA_DIR: dataFolder,
    MASTER_PORT: String(ports.master),
    MASTER_RSYNCD_PORT: String(ports.rsyncd),
    ROOT_PASS: SAMPLE_LOGIN.password,
    SLAVE_POLL_S: '3600',
    LOG_LEVEL: 'silent',
  }
  const context = await createContext(loadSettings(env, dataFolder))
  const app = await buildApp(context)
  onTestFinished(async () => {
    await context.quiesce()
    await app.close()
    await context.stop()
  })
  await context.start()
  await app.listen({ host: '127.0.0.1', port: ports.master })
  const { store, slaves, runs, topology } = context
  const onError = (error: unknown) => {
    throw error
  }
  const deps = { store, slaves, runs, isLead: topology.isLead, pollMs: 0, onError }
  const reconciler = createSlaveReconciler(deps)
  const catchUp = createSlaveCatchUp(deps)
  return async () => {
    const known = await store.listSlaves()
    for (const slave of known) expect(await slaves.look(slave)).toBe('up')
    await reconciler.reconcile(known)
    await catchUp.bringUpToDate(known)
  }
}

it.each(['in_place', 'atomic'] as const)('the slave follows again, published %s', async (publish) => {
  const { api, slaves, startSlave } = sample.fleet
  const [slave] = slaves
  if (slave === undefined) throw new Error('a slave is needed')
  const look = await startMaster()
  await look()
  await api.ask('/add_project/', sample.payload(publish, { publish }))
  const { run } = await api.sync(publish)
  await slave.process?.stop()
  rmSync(path.join(slave.publicFolder, publish), { recursive: true })
  rmSync(path.join(slave.publicFolder, '.mirrorfleet', run.replace(/-\d+$/, '')), { recursive: true })
  await startSlave(slave)
  await look()
  const [latest] = await api.ask(`/list_runs/?id=${publish}&limit=1`)
  expect(await api.waitForRun(latest.run)).toMatchObject({ trigger: 'catch_up', state: 'succeeded' })
  expect(compareTrees(sample.upstream.folder, `${path.join(slave.publicFolder, publish)}/`)).toBe('')
})

it("a slave without a tree is not given what lies below the master's missing disk", async () => {
  const { api, slaves, startSlave, destRoot } = sample.fleet
  const [slave] = slaves
  if (slave === undefined) throw new Error('a slave is needed')
  const look = await startMaster()
  const [dest, disk] = [path.join(destRoot, 'mounted'), path.join(sample.fleet.root, 'disk')]
  await api.ask('/add_project/', sample.payload('unmounted', { dest }))
  const { run } = await api.sync('unmounted')
  await slave.process?.stop()
  rmSync(path.join(slave.publicFolder, 'unmounted'), { recursive: true })
  rmSync(path.join(slave.publicFolder, '.mirrorfleet', run.replace(/-\d+$/, '')), { recursive: true })
  await startSlave(slave)
  renameSync(dest, disk)
  mkdirSync(path.join(dest, 'unmounted'), { recursive: true })
  expect(await api.sync('unmounted')).toMatchObject({ state: 'blocked', error: { code: 'TREE_MISSING' } })
  await look()
  const [failed] = await api.ask('/list_runs/?id=unmounted&limit=1')
  expect(await api.waitForRun(failed.run)).toMatchObject({ state: 'failed', error: { code: 'NOTHING_TO_SERVE' } })
  rmSync(dest, { recursive: true })
  renameSync(disk, dest)
  await look()
  const [mended] = await api.ask('/list_runs/?id=unmounted&limit=1')
  expect(await api.waitForRun(mended.run)).toMatchObject({ trigger: 'catch_up', state: 'succeeded' })
  expect(compareTrees(sample.upstream.folder, `${path.join(slave.publicFolder, 'unmounted')}/`)).toBe('')
})
