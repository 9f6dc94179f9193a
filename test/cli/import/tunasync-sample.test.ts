// A whole worker of tunasync as a fleet.

import { readFileSync } from 'node:fs'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Fleet } from '../../../cli/fleet-file.ts'
import { readTunasync } from '../../../cli/import/tunasync.ts'
import { checkOptions } from '../../../shared/rsync/options.ts'
import { SourceInput } from '../../../shared/schemas/source.ts'
import { importText } from './read.ts'

const importTunasync = (text: string, files: Record<string, string> = {}) => importText(readTunasync, text, { files })

describe('a worker of 88 mirrors of every kind', () => {
  const text = readFileSync(new URL('../../fixtures/tunasync/worker.conf', import.meta.url), 'utf8')
  const files = {
    '/etc/tunasync/excludes/fedora': '*-debug/\n',
    '/etc/tunasync/mirrors/more.conf': '[[mirrors]]\nname = "included"\nupstream = "rsync://h.example.org/included/"\n',
  }
  const { fleet, rows, told } = importTunasync(text, files)
  const names = [...text.matchAll(/^\s*name = "([^"]+)"/gm)].map(([, name = '']) => name)

  it('comes over, or is listed by name with the reason', () => {
    const holders = ['sample-worker', 'ubuntu-family', 'gnu-family']
    const mirrors = [...names.filter((name) => !holders.includes(name)), 'included']
    expect(mirrors).toHaveLength(88)
    const taken = rows.filter(({ result }) => result === 'taken').map(({ project }) => project)
    const left = rows.filter(({ project, result }) => project === '' && result === 'left').map(({ what }) => what)
    for (const name of mirrors) expect([...taken, ...left], name).toContain(name)
    expect(taken).toHaveLength(85)
    expect(mirrors.filter((name) => left.includes(name))).toEqual(['ftp-only', 'module-list', 'over-ssh'])
    expect(rows.every(({ result, why }) => result === 'taken' || why !== '')).toBe(true)
  })

  it('has only projects that the master takes', () => {
    expect(Value.Check(Fleet, fleet)).toBe(true)
    for (const { source, interval_s, rsync_options } of fleet.projects ?? []) {
      if (source !== undefined) expect(Value.Check(SourceInput, withoutSecrets(source))).toBe(true)
      else expect(() => checkOptions({ basic: [], defaults: [], delete: '', ...rsync_options })).not.toThrow()
      expect(interval_s).toBeGreaterThan(0)
    }
  })

  it('tells of every field that has no place', () => {
    for (const field of [
      'memory_limit',
      'docker_image',
      'docker_volumes',
      'exec_on_success',
      'size_pattern',
      'fail_on_match',
      'role',
      'snapshot_path',
      'log_dir',
      'rsync_no_timeout',
      '[manager]',
      '[cgroup]',
      '[docker]',
      'concurrent',
      'colour',
    ])
      expect(
        told.some((line) => line.includes(field)),
        field,
      ).toBe(true)
    expect(told.join('\n')).not.toContain('hidden')
  })
})

function withoutSecrets<S extends object>(source: S): object {
  return Object.fromEntries(Object.entries(source).filter(([field]) => field !== 'secrets'))
}
