import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Shown } from '../../../master/outlets/shown.ts'
import { STATUS_PAGE_POLICY, statusPage } from '../../../master/outlets/status-page.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import type { Run, RunState } from '../../../shared/schemas/run.ts'

const NOW = Date.parse('2026-11-26T08:12:00Z')
const SITE = { SITE_URL: 'https://mirror.example.org/pub', SITE_ABBR: 'EX', SITE_NAME: '<Our> mirror', SITE_EMAIL: '' }
const shown = (id: string, more: Partial<StoredProject> = {}, rest: Partial<Shown> = {}): Shown => ({
  project: {
    id,
    project: id,
    enabled: true,
    total_size: 1024,
    last_run: { run: `${id}-1`, state: 'succeeded', finished_at: '2026-11-26T07:12:00Z' },
    last_success_at: '2026-11-26T07:12:00Z',
    next_run_time: '2026-11-26T09:12:00Z',
    ...more,
  } as StoredProject,
  activity: null,
  served: true,
  ...rest,
})
const ended = (state: RunState): Partial<StoredProject> => ({
  last_run: { run: 'r', state, finished_at: '2026-11-26T08:00:00Z' },
})
const syncing = { activity: { state: 'syncing', started_at: null, dry_run: false } as Run }
/** `id: state`, in the order of the page. */
const statesOf = (page: string) =>
  [...page.matchAll(/<th scope="row">(?:<a [^>]*>)?([^<]*).*?<td class="\w+">([^<]*)/g)].map(
    ([, id, state]) => `${id}: ${state}`,
  )

describe("the page for the mirror's users", () => {
  it('puts what is late first, and is as true as the feeds', () => {
    const page = statusPage(
      SITE,
      [
        shown('current'),
        shown('syncs', {}, syncing),
        shown('failed', ended('failed')),
        shown('fails-again', ended('blocked'), syncing),
        shown('never', { last_run: null, last_success_at: null }),
        shown('first', { last_run: null, last_success_at: null }, syncing),
        shown('unserved', {}, { served: false }),
        shown('off', { enabled: false, next_run_time: null }),
      ],
      NOW,
    )
    expect(statesOf(page)).toEqual([
      'failed: late',
      'fails-again: late, being updated',
      'unserved: late',
      'never: not here yet',
      'first: not here yet, being updated',
      'off: not updated any more',
      'current: up to date',
      'syncs: up to date, being updated',
    ])
    expect(page).toContain('2 of 8 projects are up to date; 3 are late.')
    expect(page).toContain('as of 2026-11-26 08:12 UTC')
    expect(page).toContain('title="2026-11-26 07:12 UTC">1 hour ago</time>')
    expect(page).toContain('<a href="https://mirror.example.org/pub/current/">current</a>')
  })

  it('writes nothing from outside as HTML, runs no script, and may load its style alone', () => {
    const page = statusPage(
      { ...SITE, SITE_URL: '', SITE_EMAIL: 'a"b@example.org' },
      [shown('a<script>alert(1)</script>')],
      NOW,
    )
    expect(page).toContain('&lt;Our&gt; mirror')
    expect(page).toContain('mailto:a&quot;b@example.org')
    expect(page).not.toContain('<script')
    const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? ''
    const sum = createHash('sha256').update(style).digest('base64')
    expect(STATUS_PAGE_POLICY).toContain(`style-src 'sha256-${sum}'`)
    expect(STATUS_PAGE_POLICY).toContain("default-src 'none'")
  })

  it('says so when there is nothing', () => {
    expect(statusPage(SITE, [], NOW)).toContain('This mirror has no projects yet.')
  })
})
