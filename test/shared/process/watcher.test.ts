// Programs of a node that is killed, where the kernel does not end them with it.

import { spawn } from 'node:child_process'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished, vi } from 'vitest'
import { killLeftovers } from '../../../shared/process/child-registry.ts'
import { identifyProcess, isGroupRunning } from '../../../shared/process/identity.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const urlOf = (name: string) => JSON.stringify(pathToFileURL(path.resolve('shared', 'process', name)).href)

/** A process that runs two programs without a tie; `ended` ends by itself, and `left` goes on. Resolves with their ids. */
async function startNode(folder: string) {
  const code = `
    import { openChildRegistry } from ${urlOf('child-registry.ts')}
    import { runCommand } from ${urlOf('run.ts')}
    const children = openChildRegistry(${JSON.stringify(path.join(folder, 'children'))}, null)
    const run = (script) => runCommand({
      bin: '/bin/sh', argv: ['-c', script], home: ${JSON.stringify(folder)}, children, onStdout: console.log,
    })
    await run('echo $$')
    await run('sleep 600 & echo $$; wait')`
  const tsx = import.meta.resolve('tsx')
  const node = spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    node.kill('SIGKILL')
    await killLeftovers(path.join(folder, 'children'))
  })
  const pids: number[] = []
  for await (const text of node.stdout) {
    pids.push(...String(text).trim().split('\n').map(Number))
    if (pids.length === 2) break
  }
  const [ended = 0, left = 0] = pids
  return { node, ended, left }
}

it('end with it, and with all of their group', async () => {
  const { node, ended, left } = await startNode(temporaryFolder())
  expect(identifyProcess(ended)).toBeNull()
  expect(isGroupRunning(left)).toBe(true)
  node.kill('SIGKILL')
  await vi.waitFor(() => expect(isGroupRunning(left)).toBe(false), { timeout: 30_000, interval: 20 })
})
