import { describe, expect, it } from 'vitest'
import { mirrorzMirror, tunasyncMirror } from '../../../master/outlets/feeds.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { startTestMaster } from '../../helpers/master.ts'

const project = (more: Partial<StoredProject> = {}) =>
  ({
    id: 'fedora',
    project: 'fedora',
    enabled: true,
    rsync_host: 'rsync.example.org',
    rsync_port: 873,
    rsync_module: 'fedora/linux/',
    rsync_user: 'secret-user',
    rsync_password: 'sealed',
    total_size: 1_331_439_861_760,
    last_run: { run: 'r-1', state: 'succeeded', finished_at: '2026-11-24T00:41:07.000Z' },
    last_success_at: '2026-11-24T00:41:07.000Z',
    last_queued_at: '2026-11-24T00:30:00.000Z',
    next_run_time: '2026-11-24T06:30:00.000Z',
    created_at: '2026-01-05T10:00:00.000Z',
    ...more,
  }) as StoredProject
const run = (state: Run['state']) => ({ state, started_at: '2026-11-24T02:00:00.000Z', dry_run: false }) as Run
const failed = { last_run: { run: 'r-2', state: 'failed' as const, finished_at: '2026-11-24T01:00:00.000Z' } }
const never = { last_run: null, last_success_at: null, last_queued_at: null, next_run_time: null, total_size: null }

describe('tunasync', () => {
  it('is written with its own fields and times', () => {
    expect(tunasyncMirror({ project: project(), activity: null, served: true })).toEqual({
      name: 'fedora',
      is_master: true,
      status: 'success',
      last_update: '2026-11-24 00:41:07 +0000',
      last_update_ts: 1_795_480_867,
      last_started: '2026-11-24 00:30:00 +0000',
      last_started_ts: 1_795_480_200,
      last_ended: '2026-11-24 00:41:07 +0000',
      last_ended_ts: 1_795_480_867,
      next_schedule: '2026-11-24 06:30:00 +0000',
      next_schedule_ts: 1_795_501_800,
      upstream: 'rsync://rsync.example.org/fedora/linux/',
      size: '1.21T',
    })
  })

  it.each([
    ['none', project(never), null, 'U', 'N'],
    ['failed', project(failed), null, 'F1795482000', 'O1795480867'],
    ['pre-syncing', project(), run('queued'), 'D1795480200', 'O1795480867'],
    ['syncing', project(), run('fanning_out'), 'Y1795485600', 'O1795480867'],
    ['disabled', project({ enabled: false, next_run_time: null }), null, 'P1795480867', 'O1795480867'],
    ['success', project(), null, 'S1795480867', 'X1795501800'],
  ] as const)('%s, as mirrorz puts it too', (status, of, activity, letter, more) => {
    expect(tunasyncMirror({ project: of, activity, served: true }).status).toBe(status)
    const found = mirrorzMirror({ project: of, activity, served: true }).status
    expect(found.startsWith(letter)).toBe(true)
    expect(found).toContain(more)
  })

  it.each<[Run['state'], string, string]>([
    ['succeeded', 'success', 'S1795480867X1795501800'],
    ['partial', 'success', 'S1795480867X1795501800'],
    ['failed', 'failed', 'F1795482000X1795501800O1795480867'],
    ['blocked', 'failed', 'F1795482000X1795501800O1795480867'],
    ['interrupted', 'failed', 'F1795482000X1795501800O1795480867'],
    ['stopped', 'paused', 'P1795482000X1795501800O1795480867'],
  ])('after a run that is %s shows %s, and mirrorz %s', (state, status, letters) => {
    const of = project({ last_run: { ...failed.last_run, state } })
    expect(tunasyncMirror({ project: of, activity: null, served: true }).status).toBe(status)
    expect(mirrorzMirror({ project: of, activity: null, served: true }).status).toBe(letters)
  })

  it.each<[Run['state'], string]>([
    ['succeeded', 'F1795482000X1795501800O1795480867'],
    ['partial', 'F1795482000X1795501800O1795480867'],
  ])('after a run that is %s and that no slave serves shows failed, and mirrorz %s', (state, letters) => {
    const shown = { project: project({ last_run: { ...failed.last_run, state } }), activity: null, served: false }
    expect(tunasyncMirror(shown).status).toBe('failed')
    expect(mirrorzMirror(shown).status).toBe(letters)
  })

  it.each([
    ['rsync.example.org', 873, 'debian', 'rsync://rsync.example.org/debian/'],
    ['rsync.example.org', 8730, '/debian/pool/', 'rsync://rsync.example.org:8730/debian/pool/'],
    ['2001:db8::1', 873, 'debian', 'rsync://[2001:db8::1]/debian/'],
    ['[2001:db8::1]', 8730, 'debian', 'rsync://[2001:db8::1]:8730/debian/'],
  ])('shows the upstream at %s, port %i, module %s as %s', (rsync_host, rsync_port, rsync_module, expected) => {
    const shown = { project: project({ rsync_host, rsync_port, rsync_module }), activity: null, served: true }
    expect(tunasyncMirror(shown).upstream).toBe(expected)
    expect(mirrorzMirror(shown).upstream).toBe(expected)
  })
})

describe('mirrorz', () => {
  it('is written with its own fields, and the folder as the address', () => {
    expect(mirrorzMirror({ project: project({ id: 'f', project: 'fedora' }), activity: null, served: true })).toEqual({
      cname: 'f',
      desc: '',
      url: '/fedora',
      status: 'S1795480867X1795501800',
      help: '',
      upstream: 'rsync://rsync.example.org/fedora/linux/',
      size: '1.21T',
    })
  })

  it('of what never ran says when it was added', () => {
    expect(mirrorzMirror({ project: project(never), activity: null, served: true }).status).toBe('UN1767607200')
  })
})

describe('the feeds', () => {
  const add = { project: 'p', rsync_host: 'h.example.org', rsync_module: 'm', rsync_password: 'upstream-secret' }

  it('are open, follow changes, and show no secret', async () => {
    const { ask, folder } = await startTestMaster({ SITE_NAME: 'Our mirror' })
    expect((await ask('/status.json', undefined, null)).body).toEqual([])
    await ask('/add_project/', { ...add, dest: `${folder}/mirror` })
    const status = await ask('/status.json', undefined, null)
    expect(status.body).toMatchObject([{ name: 'p', status: 'none', size: 'unknown' }])
    expect(status.headers['access-control-allow-origin']).toBe('*')
    const mirrorz = await ask('/mirrorz.json', undefined, null)
    expect(mirrorz.body).toMatchObject({ version: 1.7, site: { name: 'Our mirror' }, mirrors: [{ cname: 'p' }] })
    await ask('/disable_project/?id=p')
    expect((await ask('/status.json', undefined, null)).body[0].status).toBe('disabled')
    expect(JSON.stringify([status.body, mirrorz.body])).not.toContain('secret')
  })

  it('need a log-in where the settings say so', async () => {
    const { ask } = await startTestMaster({ PUBLIC_STATUS: 'false' })
    for (const route of ['/status.json', '/mirrorz.json', '/status/']) {
      expect((await ask(route, undefined, null)).status).toBe(401)
      expect((await ask(route)).status).toBe(200)
    }
  })
})

describe('/metrics', () => {
  it('need a log-in, and count no project that is gone', async () => {
    const { ask, folder, context } = await startTestMaster({ RETRY_LIMIT: '0' })
    expect((await ask('/metrics', undefined, null)).status).toBe(401)
    await ask('/add_project/', {
      project: 'p',
      rsync_host: '127.0.0.1',
      rsync_port: 9,
      rsync_module: 'm',
      dest: `${folder}/mirror`,
    })
    const { run: id } = (await ask('/syncup/?id=p')).body
    await context.runs.stop(id).catch(() => {})
    const text = (await ask('/metrics')).body
    expect(text).toMatch(/mirrorfleet_runs_total\{project="p",state="(stopped|failed)"\} 1/)
    expect(text).toContain('mirrorfleet_project_enabled{project="p"} 1')
    expect(text).toMatch(
      /mirrorfleet_http_request_duration_seconds_count\{method="POST",route="\/add_project",status="200"\} 1/,
    )
    expect(text).toContain('nodejs_eventloop_lag')
    await ask('/remove_project/', { id: 'p' })
    await expect.poll(async () => (await ask('/metrics')).body).not.toContain('project="p"')
  })
})
