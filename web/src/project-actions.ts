// What can be done with a project, and which of it helps now.

import { causeOf } from '../../shared/causes.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import { mayManage } from '../../shared/schemas/roles.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { Line } from './fleet-order.ts'
import { formatCount } from './format.ts'
import type { Page } from './page.ts'
import type { MenuItem } from './parts/menu.tsx'
import { LOOKS } from './project-look.ts'

export interface ProjectActions {
  /** The one that helps now. */
  first: MenuItem
  menu: readonly (readonly MenuItem[])[]
  sync: MenuItem
  dryRun: MenuItem
}

const READS_ONLY = 'Only its owner and root can do this.'

/** Asks, and rolls back to a generation that is kept; null is the one before. */
export function rollBackTo(page: Page, project: ProjectView, generation: number | null): void {
  const { id, published_generation } = project
  const which =
    generation === null ? `the tree that came before generation ${published_generation}` : `generation ${generation}`
  const body = generation === null ? { id } : { id, generation }
  page.ask({
    title: `Roll ${id} back?`,
    text: `The master and all slaves will serve ${which}. The schedule stays active, and its next run publishes the newest tree again. To stay on the older tree, disable the project first.`,
    action: 'Roll back',
    run: requestFor(page, id, 'rollback requested', () => page.session.api.post('/rollback_project', { body })),
  })
}

/** Sends what was asked for, and tells how that went. */
function requestFor(page: Page, id: string, what: string, send: () => Promise<unknown>) {
  const path = `#/project/${encodeURIComponent(id)}/log`
  return () =>
    void send().then(
      (answer) => page.tell(`${id}: ${what}${Object(answer).running ? '; it follows the run under way' : ''}`, path),
      (error: Error) => page.fail(`${id}: ${error.message}`),
    )
}

/** True where force is for deletes; where a tree or an upstream is missing, somebody has to look first. */
function letsFilesGo(error: Run['error']): boolean {
  return causeOf(error?.code ?? '', error?.message ?? '').remedies[0] === 'force'
}

/** `line` is the project as it is now; `error` that of its last run, when it is known. */
export function actionsOf(page: Page, { project, run, word }: Line, error: Run['error'] = null): ProjectActions {
  const { session, tell, fail, ask } = page
  const { id } = project
  const path = `#/project/${encodeURIComponent(id)}`
  const denied = mayManage(session, project) ? undefined : READS_ONLY
  const request = (what: string, send: () => Promise<unknown>) => requestFor(page, id, what, send)
  const item = (label: string, icon: string, act: () => void, more: Partial<MenuItem> = {}): MenuItem => ({
    label,
    icon,
    act,
    unavailable: denied,
    ...more,
  })
  const go = (label: string, icon: string, where: string, more: Partial<MenuItem> = {}): MenuItem => ({
    label,
    icon,
    act: () => location.assign(`${path}${where}`),
    ...more,
  })
  const syncup = (query: object) => session.api.post('/syncup', { query: { id, ...query } })
  const query = { query: { id } }

  const sync = item(
    'Sync',
    'sync',
    request('sync requested', () => syncup({})),
    { shortcut: 's' },
  )
  const dryRun = item(
    'Dry run',
    'eye',
    request('dry run requested', () => syncup({ dry_run: true })),
    {
      shortcut: 'd',
    },
  )
  const full = item(
    'Compare all contents',
    'search',
    request('full sync requested', () => syncup({ mode: 'full' })),
  )
  const stop = item(
    'Stop',
    'stop',
    request('stopped', () => session.api.post('/stop_run', { body: { run: run?.run ?? '' } })),
  )
  const force = item('Force once', 'force', () =>
    ask({
      title: `Sync ${id} without its guard?`,
      text: `${error?.message ?? ''} This one run passes the guard. What the upstream no longer has is deleted on the master and on all slaves${project.total_files === null ? '' : `; they hold ${formatCount(project.total_files)} files now`}.`,
      action: 'Force once',
      run: request('forced sync requested', () => syncup({ force: true })),
    }),
  )
  const rollBack = item('Roll back…', 'back', () => rollBackTo(page, project, null))
  const switchOff = item('Disable…', 'disabled', () =>
    ask({
      title: `Disable ${id}?`,
      text: 'Its schedule stops. What is served stays, and you can still sync it by hand.',
      action: 'Disable',
      run: request('disabled', () => session.api.post('/disable_project', query)),
    }),
  )
  const switchOn = item(
    'Enable',
    'play',
    request('enabled', () => session.api.post('/enable_project', query)),
  )
  const remove = item(
    'Remove…',
    'trash',
    () =>
      ask({
        title: `Remove ${id}?`,
        text: 'It is synced no more, and its history and logs are deleted. The mirrored files stay on the master and on all slaves.',
        action: 'Remove',
        typed: id,
        danger: true,
        run: () =>
          void session.api.post('/remove_project', { body: { id } }).then(
            () => {
              tell(`${id}: removed`)
              location.assign('#/')
            },
            (error: Error) => fail(`${id}: ${error.message}`),
          ),
      }),
    { danger: true },
  )
  const log = go('Show log', 'log', '/log', { shortcut: 'l' })
  const settings = go('Settings', 'gear', '/settings', { shortcut: 'e' })

  const isActive = run !== undefined
  const first =
    word === 'blocked'
      ? letsFilesGo(error)
        ? force
        : go('Show cause', 'blocked', '')
      : word === 'held'
        ? go('Show problems', 'held', '')
        : word === 'stuck'
          ? go('Show cause', 'stuck', '')
          : isActive && LOOKS[word].group === 'In progress or recovering'
            ? stop
            : sync
  return {
    first,
    sync,
    dryRun,
    menu: [
      [sync, dryRun, full],
      [...(isActive ? [stop] : []), ...(project.publish === 'atomic' ? [rollBack] : [])],
      [log, settings],
      [project.enabled ? switchOff : switchOn, remove],
    ],
  }
}
