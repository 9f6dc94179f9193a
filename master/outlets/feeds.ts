// What mirror front pages and users read about the projects: tunasync's format, mirrorz', and a page; built once per change.

import type { Settings } from '../../settings.ts'
import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import type { Mirrorz, MirrorzMirror, TunasyncMirror, TunasyncStatus } from '../../shared/schemas/feed.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { runsToShow } from '../../shared/schemas/run-state.ts'
import { showSource } from '../../shared/show-source.ts'
import { isServed } from '../records/reach.ts'
import type { Store } from '../store/store.ts'
import { showGoSeconds, showGoTime, showShortSize, unixSeconds } from './human-units.ts'
import { type Shown, tunasyncStatus } from './shown.ts'
import { statusPage } from './status-page.ts'

type Site = Pick<Settings, 'SITE_URL' | 'SITE_ABBR' | 'SITE_NAME' | 'SITE_HOMEPAGE' | 'SITE_EMAIL'>

export interface FeedsDeps {
  store: Store
  events: EventBus<MasterEvents>
  site: Site
  /** The runs that have not ended. */
  listActive: () => readonly Run[]
  now: () => number
}

export type Feeds = ReturnType<typeof createFeeds>

const PAGE_MS = 60_000

export function createFeeds({ store, events, site, listActive, now }: FeedsDeps) {
  let pageWritten = 0
  const texts = new Map<string, string>()
  let revision = 0
  const forget = () => {
    texts.clear()
    revision++
  }
  const unsubscribe = events.onAny(({ name }) => {
    if (name.startsWith('project.') || name === 'run.changed' || name === 'slave.changed') forget()
  })

  const write = async (name: string, make: (projects: readonly Shown[]) => string): Promise<string> => {
    const known = texts.get(name)
    if (known !== undefined) return known
    const atRevision = revision
    const active = runsToShow(listActive().filter(isShown))
    const projects = [...(await store.listProjects())].sort((a, b) => (a.id < b.id ? -1 : 1))
    const slaveIds = (await store.listSlaves()).map(({ id }) => id)
    const shown = projects.map((project) => ({
      project,
      activity: active.get(project.id) ?? null,
      served: isServed(project, slaveIds),
    }))
    const text = make(shown)
    // A change meanwhile has made it stale already.
    if (revision === atRevision) texts.set(name, text)
    return text
  }

  return {
    tunasyncJson: (): Promise<string> => write('tunasync', (shown) => JSON.stringify(shown.map(tunasyncMirror))),
    mirrorzJson: (): Promise<string> => write('mirrorz', (shown) => JSON.stringify(mirrorz(site, shown))),
    /** As HTML. Its ages are those of when it was written. */
    page: (): Promise<string> => {
      if (Math.abs(now() - pageWritten) >= PAGE_MS) texts.delete('page')
      return write('page', (shown) => {
        pageWritten = now()
        return statusPage(site, shown, pageWritten)
      })
    },
    /** Events may have been missed: everything is built again. */
    forget,
    stop: unsubscribe,
  }
}

/** Dry runs and refreshes of slaves are not shown as syncs. */
function isShown(run: Run): boolean {
  return !run.dry_run && run.upstream.state !== 'skipped'
}

/** One project as tunasync shows it. */
export function tunasyncMirror({ project, ...now }: Shown): TunasyncMirror {
  const { last_success_at: updated, next_run_time: next } = project
  const started = now.activity?.started_at ?? project.last_queued_at
  const ended = project.last_run?.finished_at ?? null
  return {
    name: project.id,
    is_master: true,
    status: tunasyncStatus({ project, ...now }),
    last_update: showGoTime(updated),
    last_update_ts: showGoSeconds(updated),
    last_started: showGoTime(started),
    last_started_ts: showGoSeconds(started),
    last_ended: showGoTime(ended),
    last_ended_ts: showGoSeconds(ended),
    next_schedule: showGoTime(next),
    next_schedule_ts: showGoSeconds(next),
    upstream: showSource(project),
    size: showShortSize(project.total_size),
  }
}

function mirrorz(site: Site, shown: readonly Shown[]): Mirrorz {
  const { SITE_URL: url, SITE_ABBR: abbr, SITE_NAME: name, SITE_HOMEPAGE: homepage, SITE_EMAIL: email } = site
  return { version: 1.7, site: { url, abbr, name, homepage, email }, info: [], mirrors: shown.map(mirrorzMirror) }
}

/** One project as mirrorz shows it. */
export function mirrorzMirror(shown: Shown): MirrorzMirror {
  const { project } = shown
  return {
    cname: project.id,
    desc: '',
    url: `/${project.project}`,
    status: mirrorzStatus(shown),
    help: '',
    upstream: showSource(project),
    size: showShortSize(project.total_size),
  }
}

const LETTERS: Readonly<Record<TunasyncStatus, string>> = {
  success: 'S',
  'pre-syncing': 'D',
  syncing: 'Y',
  failed: 'F',
  paused: 'P',
  disabled: 'P',
  none: 'U',
}

/** The state's letter with the time since when it holds; X the next run, N when it was added, O the last success. */
function mirrorzStatus(shown: Shown): string {
  const { project, activity } = shown
  const status = tunasyncStatus(shown)
  const since = {
    success: project.last_success_at ?? project.last_run?.finished_at,
    'pre-syncing': project.last_queued_at,
    syncing: activity?.started_at ?? project.last_queued_at,
    failed: project.last_run?.finished_at,
    paused: project.last_run?.finished_at,
    disabled: project.last_run?.finished_at,
    none: null,
  }[status]
  const part = (letter: string, iso: string | null | undefined) => (iso ? `${letter}${unixSeconds(iso)}` : '')
  return [
    `${LETTERS[status]}${since ? unixSeconds(since) : ''}`,
    part('X', project.next_run_time),
    project.last_success_at === null ? part('N', project.created_at) : '',
    status === 'success' ? '' : part('O', project.last_success_at),
  ].join('')
}
