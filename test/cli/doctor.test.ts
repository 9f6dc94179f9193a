import { chmodSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkMasters, checkProjects, checkSlaves } from '../../cli/doctor/check-fleet.ts'
import { checkFolder } from '../../cli/doctor/check-folders.ts'
import { checkClock, judgeCertificate } from '../../cli/doctor/check-master.ts'
import { checkWays } from '../../cli/doctor/check-ways.ts'
import { showFindings } from '../../cli/doctor/finding.ts'
import { MASTER, PROJECT, RUN, SLAVE } from '../../master/openapi/examples.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const project = (more: Partial<ProjectView>): ProjectView => ({ ...PROJECT, id: 'p', held: null, stuck: null, ...more })
const ended = (state: 'failed' | 'blocked' | 'succeeded' | 'partial') => ({
  last_run: { run: 'p-1', state, finished_at: PROJECT.created_at },
})
const lastRun = (code: string, message: string): Run => ({ ...RUN, run: 'p-1', id: 'p', error: { code, message } })

describe('the doctor', () => {
  it.each([
    [ended('failed'), 'fault', 'mirrorfleet log p'],
    [ended('partial'), 'warning', 'slaves'],
    [{ last_run: null }, 'warning', 'sync p --wait'],
    [{ stuck: 'Its master is down.' }, 'fault', '--node NAME'],
    [{ held: { run: 'p-1', problems: ['Packages is missing'] } as ProjectView['held'] }, 'fault', 'publish-held p'],
  ])('says what to do about a project with %j', (more, level, advice) => {
    expect(checkProjects([project(more)], [])).toEqual([
      expect.objectContaining({ level, advice: expect.stringContaining(advice) }),
    ])
  })

  it.each([
    ['DELETE_GUARD', '60 files are gone upstream', 'If the files are to go, run `mirrorfleet sync p --force --wait`.'],
    ['TREE_MISSING', '/srv/p is empty or missing, and had 9 files.', 'If its files are to be fetched again, run'],
    ['TREE_MISSING', 'All files are gone upstream, of 9', 'Look at what the upstream has there.'],
    ['UPSTREAM_EMPTY', 'The upstream is empty.', 'Look at what the upstream has there.'],
    ['UPSTREAM_FAILED', '@ERROR: auth failed on module pub', 'Set MIRRORFLEET_UPSTREAM_PASSWORD'],
    ['DISK_FULL', 'less than 64 MiB are free', 'It is tried again when there is room.'],
    ['QUORUM_MISSED', '1 of 3 slaves are prepared', 'Run `mirrorfleet slave list` to see why.'],
    ['SLAVES_BEHIND', 'localhost:7000 refused: SLAVE_TOKEN differs', 'A slave catches up by itself as soon as it can.'],
  ])('gives the reason of a project that is blocked by %s (%s), and %s', (code, message, advice) => {
    const [finding] = checkProjects([project(ended('blocked'))], [lastRun(code, message)])
    expect(finding).toMatchObject({ level: 'fault', what: expect.stringContaining(message) })
    expect(finding?.advice).toContain(advice)
    expect(finding?.advice?.includes('--force')).toBe(code === 'DELETE_GUARD' || code === 'TREE_MISSING')
  })

  it('shows a first run that waits for its next attempt', () => {
    const next_attempt_at = new Date(Date.now() + 60_000).toISOString()
    const upstream = { ...RUN.upstream, next_attempt_at, attempt_limit: 4, error: 'Connection refused' }
    const run = { ...RUN, id: 'p', state: 'syncing' as const, upstream }
    const [finding] = checkProjects([project({ last_run: null })], [run])
    expect(finding).toMatchObject({
      level: 'warning',
      what: expect.stringMatching(/^retrying in .*Connection refused$/),
    })
  })

  it('tells of a Release that apt refuses, or soon will', () => {
    const at = (hours: number) => ({
      ...ended('succeeded'),
      valid_until: new Date(Date.now() + hours * 3_600_000).toISOString(),
    })
    const level = (hours: number) => checkProjects([project(at(hours))], [])[0]?.level
    expect([level(-1), level(3), level(48)]).toEqual(['fault', 'warning', 'ok'])
  })

  it('judges slaves and masters', () => {
    const slaves = [
      SLAVE,
      { ...SLAVE, state: 'down' as const },
      { ...SLAVE, state: 'refuses' as const, reason: 'SLAVE_TOKEN differs.' },
      { ...SLAVE, projects: { p: { anchor: 1, lag: 2, drift: null } } },
      { ...SLAVE, version: '0.0.9' },
    ]
    const levels = checkSlaves(slaves, SLAVE.version).map(({ level }) => level)
    expect(levels).toEqual(['ok', 'fault', 'fault', 'warning', 'warning'])
    expect(checkMasters([MASTER, { ...MASTER, state: 'down' }]).map(({ level }) => level)).toEqual(['ok', 'fault'])
  })

  it('judges the way from a slave to its master by what the slave says', () => {
    const reach = { at: '2026-11-26T12:00:00Z', url: 'http://m:5000', api: null, rsyncd: null }
    const ways = [
      reach,
      { ...reach, api: 'm:5000 refuses: There is no slave "s".' },
      { ...reach, rsyncd: 'm:8873 refuses connections' },
      { ...reach, api: 'm:5000 cannot be reached (EHOSTUNREACH)', rsyncd: 'm:8873 refuses connections' },
    ]
    const found = ways.map((to_master) => checkWays([{ ...SLAVE, to_master }]))
    expect(found.map((one) => one.map(({ level }) => level))).toEqual([
      ['ok'],
      ['fault'],
      ['fault'],
      ['fault', 'fault'],
    ])
    expect(found[1]?.[0]?.advice).toContain(`mirrorfleet slave token ${SLAVE.id}`)
    expect(found[3]?.[0]?.advice).toContain('set MASTER_URL')
    const { to_master: _unsaid, ...earlier } = SLAVE
    expect(checkWays([earlier, { ...SLAVE, to_master: null }, { ...SLAVE, state: 'down' }])).toEqual([])
  })

  it('judges clocks and certificates', () => {
    const now = Date.parse('2026-11-26T12:00:00Z')
    expect(checkClock('Thu, 26 Nov 2026 12:00:03 GMT', now)[0]?.level).toBe('ok')
    expect(checkClock('Thu, 26 Nov 2026 12:01:00 GMT', now)[0]?.what).toContain('by 60 s')
    expect(judgeCertificate('Dec  1 12:00:00 2026 GMT', now)).toMatchObject({
      level: 'warning',
      what: expect.stringContaining('in 5 days'),
    })
    expect(judgeCertificate('Dec  1 12:00:00 2027 GMT', now).level).toBe('ok')
  })

  it('sees a tree as the user of a web server does', async () => {
    const folder = temporaryFolder()
    const tree = path.join(folder, 'open', 'tree')
    mkdirSync(tree, { recursive: true })
    chmodSync(path.join(folder, 'open'), 0o750)
    const [finding] = await checkFolder(tree)
    expect(finding).toMatchObject({
      level: 'warning',
      about: path.join(folder, 'open'),
      advice: expect.stringContaining('chmod o+x'),
    })
    expect(await checkFolder(path.join(folder, 'nothing'))).toEqual([])
  })

  it('has the worst first', () => {
    const shown = showFindings(
      checkProjects([project(ended('succeeded')), project({ ...ended('failed'), id: 'q' })], []),
    )
    expect(shown.split('\n')[0]).toMatch(/^fault +project q: failed/)
    expect(shown).toMatch(/1 fault, 0 warnings, 1 check passed\.$/)
  })
})
