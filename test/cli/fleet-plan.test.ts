import { describe, expect, it } from 'vitest'
import type { FleetProject, FleetSlave } from '../../cli/fleet-file.ts'
import { planFleet, type Step } from '../../cli/fleet-plan.ts'
import { viewProject } from '../../master/records/project-view.ts'
import { readSchedule } from '../../master/schedule/fire-times.ts'
import { previewSchedule } from '../../master/services/schedule-preview.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { CronOptions } from '../../shared/schemas/schedule.ts'
import type { SlaveView } from '../../shared/schemas/slave.ts'
import { project as stored } from '../helpers/stored.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const DEBIAN: FleetProject = { project: 'debian', rsync_host: 'example.org', rsync_module: 'm', dest: '/mirror' }
const present = (more: Partial<StoredProject> = {}) => viewProject(stored('debian', more))
const slaveView = (hostname: string, upstream: string | null = null): SlaveView => ({
  id: `${hostname}:7000`,
  hostname,
  port: 7000,
  upstream,
  state: 'up',
  reason: null,
  last_seen: null,
  version: null,
  projects: {},
})
const slave = (hostname: string, upstream?: string | null): FleetSlave => ({
  hostname,
  port: 7000,
  ...(upstream === undefined ? {} : { upstream }),
})
/** The steps for one project, which is there already. */
const planProject = (wanted: Partial<FleetProject>, found = present()): Step[] => {
  const schedule = wanted.schedule ?? {}
  const isSet = Object.keys(schedule).length > 0
  const full = isSet ? { debian: previewSchedule(schedule, NOW, 1).fields } : {}
  const schedules = new Map<string, Readonly<Record<string, string>>>(Object.entries(full))
  return planFleet({ projects: [{ ...DEBIAN, ...wanted }] }, { projects: [found], slaves: [] }, schedules, false)
}
const plan = (slaves: FleetSlave[], views: SlaveView[], prunes = false): string[] =>
  planFleet({ slaves }, { projects: [], slaves: views }, new Map(), prunes).map(({ says }) => says)

describe('the plan for a project', () => {
  it('adds one that is not there', () => {
    const steps = planFleet({ projects: [DEBIAN] }, { projects: [], slaves: [] }, new Map(), false)
    expect(steps).toEqual([{ kind: 'add_project', project: DEBIAN, says: '+ project debian' }])
  })

  it('changes nothing for options that the master stores in another form', () => {
    const have = present({ rsync_options: { basic: ['-z'], defaults: ['-avH'], delete: '--delete' }, io_timeout_s: 60 })
    const rsync_options = { basic: ['-zP', '-H', '--timeout=60'] }
    expect(planProject({ rsync_options }, have)).toEqual([])
    expect(planProject({ rsync_options: { basic: ['-z', '--timeout=9'] } }, have)).toMatchObject([
      { kind: 'update_project', fields: { rsync_options: { basic: ['-z', '--timeout=9'] } } },
    ])
  })

  it('adds one that is to be disabled, and disables it', () => {
    const wanted = { ...DEBIAN, id: 'deb', enabled: false }
    const steps = planFleet({ projects: [wanted] }, { projects: [], slaves: [] }, new Map(), false)
    expect(steps).toMatchObject([{ kind: 'add_project' }, { kind: 'disable_project', id: 'deb' }])
  })

  it.each<[string, Partial<FleetProject>]>([
    ['that is named', { rsync_port: 873, publish: 'in_place', stages: 'single', rsync_user: null }],
    ['in the options that are named', { rsync_options: { defaults: ['-a'] } }],
    ['in its folder, with or without a slash', { dest: '/mirror/' }],
    ['that it is enabled', { enabled: true }],
    ['that it has a password, whichever', { rsync_password: { env: 'ANY' } }],
    ['that it has no schedule', { schedule: null }],
  ])('is empty when it is so already: all %s', (_name, wanted) => {
    expect(planProject(wanted)).toEqual([])
  })

  it.each<[string, Partial<FleetProject>]>([
    ['the host', { rsync_host: 'other.example.org' }],
    ['the order', { stages: { first_pass_exclude: ['*.db'] } }],
    ['the options', { rsync_options: { defaults: ['-a', '-H'] } }],
    ['the share of deletes', { delete_guard_percent: 5 }],
    ['the codes that are tolerated', { tolerated_exit_codes: [23] }],
    ['a password that is to go', { rsync_password: null }],
  ])('updates what is another, alone: %s', (_name, wanted) => {
    const steps = planProject(wanted)
    expect(steps).toMatchObject([{ kind: 'update_project', id: 'debian', fields: wanted }])
  })

  it('renames, and names the project by its new name from then on', () => {
    const wanted = { ...DEBIAN, id: 'debian', project: 'bookworm', schedule: null, enabled: false }
    const found = present({ cron_options: readSchedule({ hour: 6 }, NOW) })
    expect(planFleet({ projects: [wanted] }, { projects: [found], slaves: [] }, new Map(), true)).toMatchObject([
      { kind: 'update_project', id: 'debian', fields: { project: 'bookworm' } },
      { kind: 'replace_schedule', id: 'bookworm' },
      { kind: 'disable_project', id: 'bookworm' },
    ])
  })

  it('finds a project that it has renamed before, whose id is its new name', () => {
    const wanted = { ...DEBIAN, id: 'debian', project: 'bookworm' }
    const renamed = present({ id: 'bookworm', project: 'bookworm' })
    expect(planFleet({ projects: [wanted] }, { projects: [renamed], slaves: [] }, new Map(), true)).toEqual([])
    const another = { ...DEBIAN, id: 'bookworm', project: 'bookworm' }
    expect(
      planFleet({ projects: [wanted, another] }, { projects: [renamed], slaves: [] }, new Map(), true),
    ).toMatchObject([{ kind: 'add_project', project: wanted }])
  })

  it('sets a password where there is none, and never shows one', () => {
    const [step, ...others] = planProject({ rsync_password: { env: 'SECRET' } }, present({ rsync_password: null }))
    expect(step).toMatchObject({ kind: 'update_project', fields: { rsync_password: { env: 'SECRET' } } })
    expect(step?.says).not.toContain('SECRET')
    expect(others).toEqual([])
  })

  it('sets a trigger secret where there is none, removes one, and never shows it', () => {
    const has = present({ trigger_secret: 'sealed' })
    const wanted = { trigger_secret: { env: 'SECRET' } }
    const [step] = planProject(wanted)
    expect(step).toMatchObject({ kind: 'update_project', fields: wanted })
    expect(step?.says).not.toContain('SECRET')
    expect(planProject(wanted, has)).toEqual([])
    expect(planProject({ trigger_secret: null }, has)).toMatchObject([{ fields: { trigger_secret: null } }])
    expect(planProject({ trigger_secret: null })).toEqual([])
  })

  it('sets a key for ssh where there is none, removes one, and never shows it', () => {
    const has = present({ ssh_key: 'sealed' })
    const wanted = { ssh_key: { env: 'SECRET' } }
    const [step] = planProject(wanted)
    expect(step).toMatchObject({ kind: 'update_project', fields: wanted })
    expect(step?.says).not.toContain('SECRET')
    expect(planProject(wanted, has)).toEqual([])
    expect(planProject({ ssh_key: null }, has)).toMatchObject([{ fields: { ssh_key: null } }])
  })

  it('knows the usual port of a transport', () => {
    const upstream = { rsync_host: 'second.example.org', rsync_module: 'm' }
    const stored = { ...upstream, rsync_port: 874, rsync_user: null, rsync_password: null }
    const has = present({ transport: 'tls', upstreams: [stored] })
    expect(planProject({ upstreams: [upstream] }, has)).toEqual([])
    expect(planProject({ transport: 'tls', upstreams: [upstream] }, has)).toEqual([])
    expect(planProject({ upstreams: [{ ...upstream, rsync_port: 873 }] }, has)).toHaveLength(1)
  })

  it('sets who is told, and leaves the secrets of which the file says nothing', () => {
    const url = 'https://mirror.example.net/hooks/debian'
    const has = present({ downstreams: [{ url, secret: 'sealed' }] })
    const wanted = { downstreams: [{ url, secret: { env: 'SECRET' } }] }
    expect(planProject(wanted)).toMatchObject([{ kind: 'update_project', fields: wanted }])
    expect(planProject(wanted, present({ downstreams: [{ url, secret: null }] }))).toHaveLength(1)
    expect(planProject(wanted, has)).toEqual([])
    expect(planProject({ downstreams: [{ url }] }, has)).toEqual([])
    expect(planProject({ downstreams: [{ url, secret: null }] }, has)).toHaveLength(1)
    expect(planProject({ downstreams: null }, has)).toHaveLength(1)
    expect(planProject({}, has)).toEqual([])
  })

  it('leaves the passwords of further upstreams of which the file says nothing', () => {
    const upstream = { rsync_host: 'second.example.org', rsync_module: 'm' }
    const stored = { ...upstream, rsync_port: 873, rsync_user: null, rsync_password: 'sealed' }
    const has = present({ upstreams: [stored] })
    expect(planProject({ upstreams: [upstream] }, has)).toEqual([])
    expect(planProject({ upstreams: [{ ...upstream, rsync_password: null }] }, has)).toHaveLength(1)
    expect(planProject({ upstreams: [{ ...upstream, rsync_module: 'n' }] }, has)).toHaveLength(1)
  })

  it('tells what was and what will be, line by line', () => {
    const [step] = planProject({ rsync_host: 'other', rsync_port: 8730 })
    expect(step?.says.split('\n')).toEqual([
      '~ project debian: rsync_host "example.org" -> "other"',
      '~ project debian: rsync_port 873 -> 8730',
    ])
  })

  it('enables and disables', () => {
    expect(planProject({ enabled: false })).toMatchObject([{ kind: 'disable_project', id: 'debian' }])
    expect(planProject({ enabled: true }, present({ enabled: false }))).toMatchObject([{ kind: 'enable_project' }])
    expect(planProject({}, present({ enabled: false }))).toEqual([])
  })
})

describe('the plan for a schedule', () => {
  const scheduled = (options: CronOptions) => present({ cron_options: readSchedule(options, NOW) })

  it.each<[string, CronOptions, CronOptions]>([
    ['the same', { hour: 6 }, { hour: 6 }],
    ['the same in other words', { hour: '06', minute: '0' }, { hour: 6 }],
    ['the same with a time zone', { hour: 6, timezone: 'Europe/Paris' }, { hour: 6, timezone: 'Europe/Paris' }],
    ['the same in UTC, named or not', { hour: 6 }, { hour: 6, timezone: 'UTC' }],
    ['the same from a date on', { hour: 6, start_date: '2027-01-01' }, { hour: 6, start_date: '2027-01-01T00:00:00Z' }],
    [
      'from a day on that means another each day',
      { hour: 6, start_date: '2027-01-01' },
      { hour: 6, start_date: 'tomorrow' },
    ],
  ])('is empty when it is %s', (_name, have, wanted) => {
    expect(planProject({ schedule: wanted }, scheduled(have))).toEqual([])
  })

  it.each<[string, CronOptions, CronOptions]>([
    ['there is none', {}, { hour: 6 }],
    ['a field is another', { hour: 6 }, { hour: 7 }],
    ['the time zone is another', { hour: 6, timezone: 'Europe/Paris' }, { hour: 6, timezone: 'UTC' }],
    ['the time zone is no longer named', { hour: 6, timezone: 'Europe/Paris' }, { hour: 6 }],
    ['it is to begin at another time', { hour: 6, start_date: '2027-01-01' }, { hour: 6, start_date: '2028-01-01' }],
    ['it is to begin at a time', { hour: 6 }, { hour: 6, start_date: 'tomorrow' }],
    ['it is no longer to begin at a time', { hour: 6, start_date: '2027-01-01' }, { hour: 6 }],
  ])('replaces it when %s', (_name, have, wanted) => {
    const steps = planProject({ schedule: wanted }, scheduled(have))
    expect(steps).toMatchObject([{ kind: 'replace_schedule', id: 'debian', schedule: wanted }])
  })

  it('takes it away where the file says null, or nothing of it', () => {
    for (const schedule of [null, {}])
      expect(planProject({ schedule }, scheduled({ hour: 6 }))).toMatchObject([
        { kind: 'replace_schedule', schedule: {} },
      ])
  })

  it('leaves it where the file does not name it', () => {
    expect(planProject({}, scheduled({ hour: 6 }))).toEqual([])
  })
})

describe('the plan for slaves', () => {
  it('adds each after the one that it pulls from', () => {
    expect(plan([slave('leaf', 'middle:7000'), slave('middle', 'top:7000'), slave('top')], [])).toEqual([
      '+ slave top:7000',
      '+ slave middle:7000',
      '+ slave leaf:7000',
    ])
  })

  it('knows a slave by its hostname in whatever letters, and its port', () => {
    expect(plan([slave('TOP')], [slaveView('top')])).toEqual([])
    expect(plan([{ hostname: 'top', port: 7001 }], [slaveView('top')])).toEqual(['+ slave top:7001'])
  })

  it('changes from whom one pulls, where the file says so', () => {
    const views = [slaveView('top'), slaveView('leaf', 'top:7000')]
    expect(plan([slave('top'), slave('leaf')], views)).toEqual([])
    expect(plan([slave('top'), slave('leaf', 'top:7000')], views)).toEqual([])
    expect(plan([slave('top'), slave('leaf', null)], views)).toEqual(['~ slave leaf:7000: upstream top:7000 -> master'])
  })

  it('comes to an end where slaves pull from each other', () => {
    expect(plan([slave('a', 'b:7000'), slave('b', 'a:7000')], []).sort()).toEqual(['+ slave a:7000', '+ slave b:7000'])
  })
})

describe('what the file does not name', () => {
  const views = [slaveView('top'), slaveView('middle', 'top:7000'), slaveView('leaf', 'middle:7000')]

  it('stays', () => {
    expect(planFleet({}, { projects: [present()], slaves: views }, new Map(), false)).toEqual([])
  })

  it('goes when pruned, projects first, and each slave before the one that it pulls from', () => {
    const steps = planFleet({ slaves: [slave('top')] }, { projects: [present()], slaves: views }, new Map(), true)
    expect(steps).toMatchObject([
      { kind: 'remove_project', id: 'debian' },
      { kind: 'remove_slave', slave: { hostname: 'leaf', port: 7000 } },
      { kind: 'remove_slave', slave: { hostname: 'middle', port: 7000 } },
    ])
  })

  it('goes after everything else is done', () => {
    const steps = planFleet(
      { projects: [{ ...DEBIAN, project: 'new' }] },
      { projects: [present()], slaves: [] },
      new Map(),
      true,
    )
    expect(steps.map(({ kind }) => kind)).toEqual(['add_project', 'remove_project'])
  })
})
