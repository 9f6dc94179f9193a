// Nodes whose start fails half way: they say why, exit with 1, and leave nothing running.

import { once } from 'node:events'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { startProcess } from '../../scripts/sample/process.ts'
import { programArguments } from '../../scripts/sample/program.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { commandLinesWith } from '../helpers/processes.ts'

/** A port that somebody else has. */
async function takePort(): Promise<number> {
  const [port = 0] = await findFreePorts(1)
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return port
}

it.each([
  { kind: 'master', setting: 'MASTER_PORT' },
  { kind: 'master', setting: 'MASTER_RSYNCD_PORT' },
  { kind: 'slave', setting: 'SLAVE_PORT' },
  { kind: 'slave', setting: 'SLAVE_RSYNCD_PORT' },
] as const)('a $kind whose $setting is taken', async ({ kind, setting }) => {
  const folder = temporaryFolder()
  const [master, masterRsyncd, slave, slaveRsyncd] = await findFreePorts(4)
  const taken = await takePort()
  const node = startProcess(process.execPath, programArguments(kind), {
    PATH: process.env.PATH,
    DATA_DIR: folder,
    SLAVE_DATA_DIR: path.join(folder, 'slave'),
    SLAVE_PUBLIC_DIR: path.join(folder, 'public'),
    MASTER_PORT: String(master),
    MASTER_RSYNCD_PORT: String(masterRsyncd),
    SLAVE_PORT: String(slave),
    SLAVE_RSYNCD_PORT: String(slaveRsyncd),
    [setting]: String(taken),
  })
  expect(await node.ended).toBe(1)
  expect(node.output()).toContain(String(taken))
  expect(commandLinesWith(folder)).toEqual([])
})

it.each(['master', 'slave'] as const)('a %s that is asked for anything else does not start', async (kind) => {
  const folder = temporaryFolder()
  const env = { PATH: process.env.PATH, DATA_DIR: folder, SLAVE_DATA_DIR: folder }
  for (const [word, code, text] of [
    ['--help', 0, `mirrorfleet-${kind}: `],
    ['--version', 0, '0.'],
    ['--port', 2, 'There is no option --port.'],
    ['restart', 2, 'There is no command "restart".'],
  ] as const) {
    const node = startProcess(process.execPath, [...programArguments(kind), word], env)
    expect([word, await node.ended]).toEqual([word, code])
    expect(node.output()).toContain(text)
  }
})
