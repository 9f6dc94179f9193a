import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openChildRegistry } from '../../../shared/process/child-registry.ts'
import { identifyProcess } from '../../../shared/process/identity.ts'
import { runCommand } from '../../../shared/process/run.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const run = (argv: string[], more: object = {}) => {
  const home = temporaryFolder()
  return runCommand({ bin: '/bin/sh', argv, home, children: openChildRegistry(path.join(home, 'children')), ...more })
}

describe('runCommand', () => {
  it('gives the child a fixed environment and none of ours', async () => {
    process.env.RSYNC_RSH = 'evil'
    const lines: string[] = []
    await run(['-c', 'env'], { env: { RSYNC_PASSWORD: 'secret' }, onStdout: (line: string) => lines.push(line) })
    delete process.env.RSYNC_RSH
    const names = lines
      .map((line) => line.split('=')[0])
      .filter((name) => !['PWD', '_', 'SHLVL', 'OLDPWD'].includes(name ?? ''))
    expect(names.sort()).toEqual(['HOME', 'LC_ALL', 'PATH', 'RSYNC_PASSWORD'])
  })

  it('splits lines at CR and LF, across chunks, and cuts one that never ends', async () => {
    const lines: string[] = []
    await run(['-c', "printf 'one\\rtwo\\nthr'; printf 'ee\\n\\nü'; head -c 200000 /dev/zero | tr '\\0' x"], {
      onStdout: (line: string) => lines.push(line),
    })
    expect(lines.slice(0, 3)).toEqual(['one', 'two', 'three'])
    expect(lines).toHaveLength(4)
    expect(lines[3]?.length).toBeLessThan(100_000)
  })

  it('distinguishes an exit code, a signal and a missing program', async () => {
    expect(await run(['-c', 'exit 23'])).toEqual({ exitCode: 23, stopped: false, startError: null })
    expect(await run(['-c', 'kill -9 $$'])).toMatchObject({ exitCode: null, stopped: false })
    expect((await run([], { bin: '/no/such/program' })).startError).toContain('ENOENT')
  })

  it('stops the whole group, also a member that ignores SIGTERM', async () => {
    const controller = new AbortController()
    const pids: number[] = []
    const onStdout = (line: string) => {
      pids.push(Number(line))
      if (pids.length === 2) controller.abort()
    }
    const script =
      "trap '' TERM; sh -c \"trap '' TERM; echo \\$\\$; while :; do sleep 0.05; done\" & echo $$; wait; while :; do sleep 0.05; done"
    const ended = await run(['-c', script], { signal: controller.signal, graceMs: 200, onStdout })
    expect(ended).toEqual({ exitCode: null, stopped: true, startError: null })
    expect(pids.map((pid) => identifyProcess(pid))).toEqual([null, null])
  })
})
