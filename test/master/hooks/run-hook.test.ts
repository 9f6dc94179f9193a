import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { runHook } from '../../../master/hooks/run-hook.ts'
import { RUN } from '../../../master/openapi/examples.ts'
import { openChildRegistry } from '../../../shared/process/child-registry.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

/** Commands of root's own, wherever the tests run. */
const COMMANDS_DIR = '/usr/bin'

async function call(command: string, seconds = 60, more: { dir?: string; signal?: AbortSignal } = {}) {
  const home = temporaryFolder()
  const lines: string[] = []
  const problem = await runHook(
    {
      settings: { COMMANDS_DIR: more.dir ?? COMMANDS_DIR, HOOK_TIMEOUT_S: seconds },
      children: openChildRegistry(path.join(home, 'children')),
      home,
    },
    {
      time: 'before',
      command,
      run: RUN,
      signal: more.signal ?? new AbortController().signal,
      writeLine: (line) => void lines.push(line),
    },
  )
  return { problem, lines }
}

describe('a command around a run', () => {
  it('gets the run as JSON on its standard input', async () => {
    const { problem, lines } = await call('cat')
    expect(problem).toBeNull()
    expect(lines[0]).toBe('$ /usr/bin/cat')
    expect(JSON.parse(lines[1] ?? '')).toEqual(JSON.parse(JSON.stringify(RUN)))
  })

  it('gets its place in the environment, and nothing of ours', async () => {
    const { lines } = await call('env')
    expect(lines).toEqual(expect.arrayContaining(['MIRRORFLEET_HOOK=before', `MIRRORFLEET_PROJECT=${RUN.id}`]))
    expect(lines.join('\n')).not.toMatch(/ROOT_PASS|SLAVE_TOKEN|npm_/)
  })

  it('need not read it', async () => expect((await call('true')).problem).toBeNull())

  it('that ends with an error says so', async () =>
    expect((await call('false')).problem).toBe('false ended with code 1'))

  it('is ended in time, whatever it writes', async () => {
    const { problem, lines } = await call('yes', 1)
    expect(problem).toBe('yes was stopped after 1 seconds (HOOK_TIMEOUT_S)')
    expect(lines.length).toBeLessThan(1_100)
  })

  it('is ended with the run', async () =>
    expect((await call('yes', 60, { signal: AbortSignal.timeout(200) })).problem).toBe('yes was stopped'))

  it('that is not there, or that others may write, is not run', async () => {
    expect((await call('there-is-none')).problem).toContain('there is no /usr/bin/there-is-none')
    const dir = temporaryFolder()
    writeFileSync(path.join(dir, 'open'), '#!/bin/sh\n')
    chmodSync(path.join(dir, 'open'), 0o777)
    expect((await call('open', 60, { dir })).problem).toMatch(/^hooks\.before: /)
  })
})
