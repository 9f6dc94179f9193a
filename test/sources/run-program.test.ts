// Programs of sources: what bounds them, and what is said of their ends.

import path from 'node:path'
import { expect, it } from 'vitest'
import { type Program, runProgram } from '../../master/sources/run-program.ts'
import { until } from '../../scripts/sample/until.ts'
import { loadSettings } from '../../settings.ts'
import { openChildRegistry } from '../../shared/process/child-registry.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const start = (script: string, more: Partial<Program> = {}, settings: Record<string, string> = {}) => {
  const folder = temporaryFolder()
  const lines: string[] = []
  const stopping = new AbortController()
  const around = {
    settings: loadSettings({ DATA_DIR: folder, ...settings }, folder),
    children: openChildRegistry(path.join(folder, 'children')),
    home: folder,
    signal: stopping.signal,
    log: { writeLine: (line: string) => void lines.push(line), finish: () => {}, follow: () => () => {} },
  }
  const end = runProgram(around, { bin: 'sh', argv: ['-c', script], says: 'a script', ...more })
  return { end, lines, stop: () => stopping.abort() }
}

it('tells the exit code and the last complaint', async () => {
  const { end, lines } = start('echo out; echo one >&2; echo two >&2; exit 7')
  expect(await end).toEqual({ exitCode: 7, failure: null, complaint: 'two' })
  expect(lines).toEqual(expect.arrayContaining(['$ a script', 'out', 'one', 'two']))
})

it('ends with all that it has started, when it is stopped', async () => {
  const { end, lines, stop } = start('sleep 1000 & echo $!; wait')
  const pid = Number(await until('its child', () => lines.find((line) => /^\d+$/.test(line))))
  stop()
  expect((await end).failure).toEqual({ outcome: 'stopped', error: 'stopped' })
  await until('the end of the child', () => !isAlive(pid))
})

it('is ended when it is silent, or late; and both may pass', async () => {
  const silent = start('exec sleep 1000', { silenceS: 1 })
  expect((await silent.end).failure).toMatchObject({ outcome: 'retry', error: expect.stringContaining('said nothing') })
  const late = start('while :; do echo x; sleep 0.1; done', { silenceS: 100 }, { SYNC_TIMEOUT_S: '1' })
  expect((await late.end).failure).toMatchObject({ outcome: 'retry', error: expect.stringContaining('SYNC_TIMEOUT_S') })
})

it('that is not there, or is killed by another, is said as such', async () => {
  const { exitCode, failure, complaint } = await start('', { bin: '/nowhere/program' }).end
  expect(exitCode).not.toBe(0)
  expect(`${failure?.error} ${complaint}`).toContain('/nowhere/program')
  expect((await start('kill -9 $$').end).failure).toMatchObject({ outcome: 'once' })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
