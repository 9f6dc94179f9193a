// Commands as sources: real programs in a real sandbox where there is one, their words, codes and limits.

import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { COPY_OPTIONS } from '../../master/services/source-input.ts'
import { createProgressReader, judgeCode } from '../../master/sources/command/output.ts'
import { findCommand } from '../../master/sources/command/place.ts'
import type { CommandKind } from '../../shared/schemas/source.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { type HopsOptions, startHops } from '../helpers/hops.ts'
import { read, runBoth } from '../helpers/unlucky.ts'

/** Root's own, wherever the tests run. */
const COMMANDS_DIR = '/usr/bin'
const SANDBOXED = [
  '--unshare-user-try',
  '--unshare-pid',
  '--ro-bind',
  '/',
  '/',
  '--proc',
  '/proc',
  '--',
  '/usr/bin/true',
]
const hasSandbox = spawnSync('bwrap', SANDBOXED).status === 0
const isRoot = process.getuid?.() === 0

const shell = (script: string, more: Partial<CommandKind> = {}): CommandKind => ({
  kind: 'command',
  command: 'dash',
  args: ['-euc', script],
  ...more,
})
const start = (source: CommandKind, more: HopsOptions = {}) =>
  startHops({
    ...more,
    project: { source, rsync_options: COPY_OPTIONS, publish: 'atomic', ...more.project },
    settings: { COMMANDS_DIR, ...more.settings },
  })

describe.each(hasSandbox ? ['required', 'off'] : ['off'])('a command, with the sandbox %s', (COMMANDS_SANDBOX) => {
  const settings = { COMMANDS_SANDBOX }

  it('fills the tree of all nodes, and is told what it needs', async () => {
    const script = `cd "$MIRRORFLEET_TREE"; env | grep -E '^(MIRRORFLEET_|KIND|HOME)' | sort > told; echo "$SECRET" | wc -c > length
      [ -z "$MIRRORFLEET_PREVIOUS" ] || cat "$MIRRORFLEET_PREVIOUS/length" > before`
    const more = { env: { KIND: 'a' }, secrets: { SECRET: null }, upstream: 'https://example.org/pub/' }
    const source_secrets = JSON.stringify({ SECRET: 'hidden-word' })
    const hops = await start(shell(script, more), {
      settings,
      project: { source_secrets, bandwidth: [{ from: '00:00', to: '24:00', limit: '10m' }] },
    })
    await runBoth(hops)
    const told = read(hops.slave(), 'told')
    expect(told).toContain('MIRRORFLEET_PROJECT=p\n')
    expect(told).toContain('MIRRORFLEET_GENERATION=1\n')
    expect(told).toContain('MIRRORFLEET_UPSTREAM=https://example.org/pub/\n')
    expect(told).toContain('MIRRORFLEET_MODE=sync\n')
    expect(told).toContain('MIRRORFLEET_BWLIMIT=10485760\n')
    expect(told).toContain('KIND=a\n')
    expect(read(hops.slave(), 'length')).toBe('12\n')
    expect(hops.log()).not.toContain('hidden-word')
    await runBoth(hops)
    expect(read(hops.slave(), 'before')).toBe('12\n')
  })

  it('changes nothing that is served until it has ended well', async () => {
    const hops = await start(shell('echo one > a; echo two > b'), { settings })
    await runBoth(hops)
    const source = (script: string, exit_codes = {}) => hops.set({ source: shell(script, { exit_codes }) })
    source('echo changed > a; rm b; exit 3', { retry: [3] })
    expect(await hops.pull()).toMatchObject({ code: 'UPSTREAM_FAILED', outcome: 'retry', exitCode: 3 })
    source('exit 4')
    expect(await hops.pull()).toMatchObject({ outcome: 'once', exitCode: 4, error: expect.stringContaining('code 4') })
    expect(readdirSync(hops.master()).map((name) => read(hops.master(), name))).toEqual(['one\n', 'two\n'])
    source('echo why >&2; exit 5', { tolerate: [5] })
    const result = await hops.pull()
    expect(result).toMatchObject({ code: null, tolerated: true, exitCode: 5, error: expect.stringContaining('why') })
    expect(result.summary?.errors).toBe(1)
    // What is gone may just not have been seen.
    expect([read(hops.master(), 'a'), read(hops.master(), 'b')]).toEqual(['changed\n', 'two\n'])
  })

  it('that empties its tree is blocked', async () => {
    const hops = await start(shell('for one in 1 2 3 4; do echo $one > $one; done'), { settings })
    await runBoth(hops)
    hops.set({ source: shell('rm -f 1 2 3') })
    expect(await hops.pull()).toMatchObject({ code: 'DELETE_GUARD' })
    hops.set({ source: shell('rm -f 4') })
    expect(await hops.pull()).toMatchObject({ code: 'TREE_MISSING' })
    expect(readdirSync(hops.master())).toHaveLength(4)
  })
})

describe('the sandbox', () => {
  it.runIf(hasSandbox)('shows the tree, the system and nothing else, and lets only the tree be written', async () => {
    const outside = temporaryFolder()
    writeFileSync(path.join(outside, 'secret'), 'secret')
    const tries = [`cat ${outside}/secret`, `echo x > ${outside}/proof`, 'echo x > /usr/proof', 'echo x > /etc/proof']
    const script = `${tries.map((one) => `! ( ${one} ) 2> /dev/null || echo "${one}" >> did`).join('\n')}
      echo x > /tmp/own; ls /proc | grep -c '^[0-9]' > processes; date > done`
    const hops = await start(shell(script), { settings: { COMMANDS_SANDBOX: 'required' } })
    await runBoth(hops)
    expect(readdirSync(hops.slave()).sort()).toEqual(['done', 'processes'])
    expect(Number(read(hops.slave(), 'processes'))).toBeLessThan(10)
    expect(existsSync(path.join(outside, 'proof'))).toBe(false)
  })

  it('that is not there is said, or needed', async () => {
    const hops = await start(shell('date > done'), { settings: { COMMANDS_SANDBOX: 'off' } })
    await runBoth(hops)
    expect(hops.log()).toContain('[the command runs without a sandbox: COMMANDS_SANDBOX is off]')
  })
})

describe('what a command says', () => {
  it('counts as progress', () => {
    const reader = createProgressReader()
    expect(reader.read('progress 12.5')).toMatchObject({ percent: 12.5, bytes: 0 })
    expect(reader.read('size 2048')).toMatchObject({ percent: 12.5, bytes: 2048 })
    for (const line of ['progress', 'progress much', 'size -1', ' progress 1', 'in progress 1'])
      expect(reader.read(line)).toBeNull()
    expect(reader.bytes()).toBe(2048)
  })

  it.each([
    [0, 'success'],
    [1, 'retry'],
    [2, 'noted'],
    [3, 'once'],
  ])('by code %i means %s', (code, outcome) => {
    expect(judgeCode({ exit_codes: { retry: [1], tolerate: [2] } }, code)).toBe(outcome)
  })
})

describe('a command that may be named', () => {
  it('is a file of somebody else', async () => {
    expect(await findCommand({ COMMANDS_DIR }, 'dash')).toBe('/usr/bin/dash')
    for (const [folder, name, why] of [
      [undefined, 'dash', 'COMMANDS_DIR is not set'],
      [COMMANDS_DIR, 'there-is-none', 'there is no'],
      ['/usr/share/doc', 'base-files', 'is no file'],
      ['/etc', 'passwd', 'is not executable'],
    ] as const)
      await expect(findCommand(folder === undefined ? {} : { COMMANDS_DIR: folder }, name)).rejects.toMatchObject({
        field: 'source.command',
        message: expect.stringContaining(why),
      })
  })

  it('can be changed by nobody but its owner, who is not the service', async () => {
    const folder = temporaryFolder()
    const commands = path.join(folder, 'commands')
    mkdirSync(commands, { mode: 0o755 })
    writeFileSync(path.join(commands, 'x'), '#!/bin/sh\n', { mode: 0o755 })
    const find = () => findCommand({ COMMANDS_DIR: commands }, 'x')
    if (isRoot) expect(await find()).toBe(path.join(commands, 'x'))
    else await expect(find()).rejects.toThrow('belongs to the user of this service')
    chmodSync(path.join(commands, 'x'), 0o775)
    if (isRoot) await expect(find()).rejects.toThrow('can be written by its group')
    chmodSync(commands, 0o777)
    await expect(find()).rejects.toThrow(`${commands} can be written by its group`)
    expect(readFileSync(path.join(commands, 'x'), 'utf8')).toBe('#!/bin/sh\n')
  })
})
