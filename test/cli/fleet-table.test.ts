import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type Paint, showProjects, showSlaves, showStuck } from '../../cli/fleet-table.ts'
import { PROJECT, RUN, SLAVE } from '../../master/openapi/examples.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'

const plain: Paint = (_colour, text) => text
const project = (id: string, more: Partial<ProjectView> = {}): ProjectView => ({
  ...PROJECT,
  id,
  generation: 3,
  held: null,
  stuck: null,
  enabled: true,
  last_run: { run: `${id}-1`, state: 'succeeded', finished_at: RUN.queued_at },
  ...more,
})
const run = (id: string, more: Partial<Run>): Run => ({ ...RUN, id, run: `${id}-1`, dry_run: false, ...more })
const slave = (id: string, more: Partial<typeof SLAVE>) => ({ ...SLAVE, id, ...more })
const at = (anchor: number, lag: number) => ({ anchor, lag, drift: null })

describe('the fleet on a terminal', () => {
  const failed = { run: 'b-1', state: 'failed' as const, finished_at: RUN.queued_at }
  const projects = [
    project('quiet'),
    project('busy'),
    project('b', { last_run: failed }),
    project('off', { enabled: false }),
    project('held', { held: { run: 'held-1', problems: ['Packages is missing'] } as ProjectView['held'] }),
  ]
  const slaves = [
    slave('s1:7000', { projects: { quiet: at(3, 0), busy: at(2, 1), b: at(3, 0) } }),
    slave('s2:7000', { state: 'down', projects: { quiet: at(3, 0), busy: at(3, 0), b: at(3, 0) } }),
  ]
  const progress = { percent: 45.7, bytes: 1, rate: 1, eta_s: null, files_checked: 1, files_total: 2 }
  const runs = [
    run('busy', { state: 'syncing', upstream: { ...RUN.upstream, state: 'syncing', progress, error: null } }),
    run('b', { state: 'failed', error: { code: 'UPSTREAM_FAILED', message: 'auth failed\non module m' } }),
  ]
  const lines = showProjects({ projects, slaves, runs }, 300, plain).split('\n')

  it('has trouble first, and says why', () => {
    expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(['b', 'held', 'quiet', 'busy', 'off'])
    expect(lines[1]).toMatch(/auth failed on module m$/)
    expect(lines[2]).toMatch(/held by run held-1: Packages is missing$/)
  })

  it('counts the slaves that are up to date, and names the others', () => {
    expect(lines[4]).toMatch(/^busy +syncing 45 % +0\/2 ok .*s1:7000 1 behind, s2:7000 down$/)
    expect(lines[3]).toMatch(/^quiet +succeeded +1\/2 ok .*s2:7000 down$/)
    expect(showSlaves(slaves, 200, plain).split('\n')[1]).toMatch(/^s2:7000 +down/)
  })

  it('is as wide in colour as without', () => {
    const colours: Paint = (_colour, text) => `\x1b[31m${text}\x1b[39m`
    const painted = showProjects({ projects, slaves, runs }, 300, colours)
    expect(stripVTControlCharacters(painted)).toBe(lines.join('\n'))
  })

  it('says once why projects are stuck', () => {
    const many = ['a', 'b', 'c'].map((id) => project(id, { stuck: 'The master "x" is down.' }))
    expect(showStuck(many)).toEqual([
      'a, b, c are stuck. The master "x" is down.',
      expect.stringContaining('master assign NAME'),
    ])
    expect(showStuck([])).toEqual([])
  })
})
