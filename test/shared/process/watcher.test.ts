// Programs of a node that is killed or stands still, where the kernel does not end them with it.

import { spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type ChildRegistryOptions, killLeftovers } from '../../../shared/process/child-registry.ts'
import { identifyProcess, isGroupRunning } from '../../../shared/process/identity.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const urlOf = (name: string) => JSON.stringify(pathToFileURL(path.resolve('shared', 'process', name)).href)

/** A process that runs two programs; `ended` ends by itself, and `left` goes on with `script`. Resolves with their ids. */
async function startNode(folder: string, options: ChildRegistryOptions, script: string) {
  const code = `
    import { openChildRegistry } from ${urlOf('child-registry.ts')}
    import { runCommand } from ${urlOf('run.ts')}
    const children = openChildRegistry(${JSON.stringify(path.join(folder, 'children'))}, ${JSON.stringify(options)})
    const run = (script) => runCommand({
      bin: '/bin/sh', argv: ['-c', script], home: ${JSON.stringify(folder)}, children, onStdout: console.log,
    })
    await run('echo $$')
    await run(${JSON.stringify(script)})`
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
  const { node, ended, left } = await startNode(temporaryFolder(), { tie: null }, 'sleep 600 & echo $$; wait')
  expect(identifyProcess(ended)).toBeNull()
  expect(isGroupRunning(left)).toBe(true)
  node.kill('SIGKILL')
  await vi.waitFor(() => expect(isGroupRunning(left)).toBe(false), { timeout: 30_000, interval: 20 })
})

it('end when it stands still, also those that take no notice of a SIGTERM', async () => {
  const script = 'trap "" TERM; sleep 600 & echo $$; wait'
  const { node, left } = await startNode(temporaryFolder(), { silenceMs: 1_000 }, script)
  node.kill('SIGSTOP')
  await vi.waitFor(() => expect(isGroupRunning(left)).toBe(false), { timeout: 60_000, interval: 20 })
})

it('go on while it is well', async () => {
  const { node, left } = await startNode(temporaryFolder(), { silenceMs: 8_000 }, 'sleep 600 & echo $$; wait')
  await sleep(12_000)
  expect(isGroupRunning(left)).toBe(true)
  node.kill('SIGKILL')
})
