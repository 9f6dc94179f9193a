// What the audit list says of each route: what the request was about, and which of its fields may be shown. Pure.

import type { AuditChange, AuditKind } from '../../shared/schemas/audit.ts'
import { projectChanges, valueChange } from './changes.ts'
import type { Fields, Looked } from './look.ts'

/** A request that was done. `given` are the fields of its query and body; `answered` those of the answer. */
export interface Done {
  given: Fields
  answered: Fields
  before: Looked
  after: Looked
}

interface Action {
  kind: AuditKind
  target: (done: Done) => unknown
  change: (done: Done) => AuditChange[]
}

/**
 * Routes that change nothing, though they are POSTs; the one by which no person but a signed request asks; and the one that
 * has an entry for each of its projects.
 */
export const LEFT_OUT: readonly string[] = ['/preview_schedule', '/test_upstream', '/hooks/:id', '/assign_node']

/** The named fields as the request gave them, or as the answer has them. */
const shown =
  (...names: string[]) =>
  ({ given, answered }: Done): AuditChange[] =>
    names.flatMap((name) => {
      const value = given[name] ?? answered[name]
      return value === undefined || value === null ? [] : [valueChange(name, undefined, value)]
    })

const compared =
  (...names: string[]) =>
  ({ before, after }: Done): AuditChange[] =>
    projectChanges(before.project, after.project, names)

const named = (name: string) => (done: Done) => done.given[name] ?? done.answered[name]

/** An interval takes the place of a schedule, which then is in no request. */
const changedSettings = ({ given, before, after }: Done): AuditChange[] => {
  const names = new Set(Object.keys(given).filter((name) => name !== 'id'))
  if (names.has('interval_s')) names.add('cron_options')
  return projectChanges(before.project, after.project, [...names])
}

const changedUser = ({ given, before, after }: Done): AuditChange[] => [
  ...(before.role === after.role ? [] : [valueChange('role', before.role ?? undefined, after.role ?? undefined)]),
  ...(given.password === undefined ? [] : [{ field: 'password', hidden: true as const }]),
]

const project = (change: Action['change']): Action => ({ kind: 'project', target: named('id'), change })
const user = (change: Action['change']): Action => ({ kind: 'user', target: named('username'), change })
const token = (change: Action['change']): Action => ({ kind: 'token', target: named('token_id'), change })
const session = (change: Action['change']): Action => ({ kind: 'session', target: named('session_id'), change })

const enabled = project(compared('enabled'))
/** A route without a line of its own: nothing that it was given is shown. */
const OTHER: Action = { kind: 'other', target: () => null, change: () => [] }

const ACTIONS: Readonly<Record<string, Action>> = {
  '/add_project': project(changedSettings),
  '/update_project/basic': project(changedSettings),
  '/update_project/schedule': project(compared('cron_options', 'interval_s')),
  '/enable_project': enabled,
  '/disable_project': enabled,
  '/remove_project': project(shown('purge')),
  '/syncup': project(shown('mode', 'dry_run', 'force', 'upstream', 'run')),
  '/stop_run': { ...project(shown('run')), target: ({ before }) => before.project?.id },
  '/rollback_project': project(shown('generation', 'run')),
  '/publish_held': project(shown('run')),
  '/add_slave': { kind: 'slave', target: ({ answered }) => answered.id, change: shown('upstream') },
  '/remove_slave': {
    kind: 'slave',
    target: ({ given }) => (given.port === undefined ? given.hostname : `${given.hostname}:${Number(given.port)}`),
    change: () => [],
  },
  '/slave_token': { kind: 'slave', target: ({ answered }) => answered.id, change: () => [] },
  '/create_api_user': user(changedUser),
  '/update_api_user': user(changedUser),
  '/remove_api_user': user(changedUser),
  '/get_token': token(shown('username', 'expires_at')),
  '/create_token': token((done) => shown('username', 'label', 'scope', 'expires_at')({ ...done, given: {} })),
  '/revoke_token': token(() => []),
  '/log_in': session(() => []),
  '/log_out': session(() => []),
  '/end_session': session(() => []),
}

/** What is said of a request to the route `url`. */
export function describeAction(
  url: string,
  done: Done,
): { kind: AuditKind; target: string | null; change: AuditChange[] } {
  const { kind, target, change } = ACTIONS[url] ?? OTHER
  const name = target(done)
  return { kind, target: typeof name === 'string' ? name : null, change: change(done) }
}
