import { existsSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { until } from '../../scripts/sample/until.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 2 })

/** A host that answers what it is told to, or never. */
const startHost = async (answer: string | null): Promise<number> => {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {})
    if (answer !== null) socket.on('data', () => socket.end(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  onTestFinished(async () => {
    await sample.fleet.api.ask('/remove_slave/', { hostname: 'localhost', port: address.port })
    server.close()
  })
  await sample.fleet.api.ask('/add_slave/', { hostname: 'localhost', port: address.port })
  return address.port
}

describe('one slave that is unwell', () => {
  it('because it is off does not hold up the other, and follows when it is back', async () => {
    const { api, slaves, startSlave } = sample.fleet
    const [well, off] = slaves
    if (!well || !off) throw new Error('two slaves are needed')
    await api.ask('/add_project/', sample.payload('fedora'))
    await off.process?.stop()
    const run = await api.sync('fedora')
    expect(run.state).toBe('partial')
    expect(run.error?.message).toContain(off.id)
    expect(run.slaves.find((slave) => slave.slave_id === well.id)).toMatchObject({ state: 'succeeded' })
    expect(run.slaves.find((slave) => slave.slave_id === off.id)).toMatchObject({
      state: 'unreachable',
      error: expect.stringContaining('refuses connections'),
    })
    expect(compareTrees(sample.upstream.folder, path.join(well.publicFolder, 'fedora'))).toBe('')

    await startSlave(off)
    expect((await api.sync('fedora')).state).toBe('succeeded')
    expect(compareTrees(sample.upstream.folder, path.join(off.publicFolder, 'fedora'))).toBe('')
  })

  it('because it was off is told of the new name of a project, and of its removal, when it is back', async () => {
    const { api, slaves, startSlave } = sample.fleet
    const [, off] = slaves
    if (!off) throw new Error('two slaves are needed')
    await api.ask('/add_project/', sample.payload('old-name'))
    expect((await api.sync('old-name')).state).toBe('succeeded')
    await off.process?.stop()
    await api.ask('/update_project/basic/', { id: 'old-name', project: 'new-name' })
    await startSlave(off)
    const served = (name: string) => path.join(off.publicFolder, name)
    await until('the slave to rename it', () => existsSync(served('new-name')))
    expect(existsSync(served('old-name'))).toBe(false)
    expect(compareTrees(sample.upstream.folder, served('new-name'))).toBe('')

    await off.process?.stop()
    const answer = await api.ask('/remove_project/', { id: 'new-name', purge: true })
    expect(answer).toMatchObject({ success: true, told_later: [off.id] })
    await startSlave(off)
    await until('the slave to remove it', () => !existsSync(served('new-name')))
  })

  it('because its rsync fails is told from one that did well', async () => {
    const { api, slaves } = sample.fleet
    const [, broken] = slaves
    if (!broken) throw new Error('two slaves are needed')
    // A file where the project's folder should be.
    writeFileSync(path.join(broken.publicFolder, 'blocked'), '')
    await api.ask('/add_project/', sample.payload('blocked'))
    const run = await api.sync('blocked')
    expect(run.state).toBe('partial')
    expect(run.slaves.map((slave) => slave.state).sort()).toEqual(['failed', 'succeeded'])
    expect(run.slaves.find((slave) => slave.slave_id === broken.id)?.error).toMatch(/EEXIST|not a directory/)
  })

  it('because it hangs, or answers rubbish, is unreachable within bounds', async () => {
    const hanging = await startHost(null)
    const babbling = await startHost('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n<html>')
    const run = await sample.fleet.api.sync('fedora')
    expect(run.state).toBe('partial')
    const stateOf = (port: number) => run.slaves.find((slave) => slave.port === port)
    expect(stateOf(hanging)).toMatchObject({ state: 'unreachable', error: expect.stringContaining('did not answer') })
    expect(stateOf(babbling)).toMatchObject({ state: 'unreachable', error: expect.stringContaining('not JSON') })
    expect(run.slaves.filter((slave) => slave.state === 'succeeded')).toHaveLength(2)
  })
})
