// Every coded error that an answer can carry.

import createError, { type FastifyError } from '@fastify/error'
import type { FieldProblem } from './schemas/common.ts'

/**
 * A coded error that may also name the request field that is wrong, e.g. `cron_options.minute`. `problems` are all that
 * were found, this one first.
 */
export interface FieldError extends FastifyError {
  field?: string
  problems?: FieldProblem[]
}

/** Sets which request field an error is about; returns the same error. */
export function atField<E extends FieldError>(error: E, field: string): E {
  error.field = field
  return error
}

export const InvalidInput = createError<[string]>('INVALID_INPUT', '%s', 400)
export const InvalidSchedule = createError<[string]>('INVALID_SCHEDULE', '%s', 400)
export const InvalidOption = createError<[string]>('INVALID_RSYNC_OPTION', '%s', 400)
export const InvalidPath = createError<[string]>('INVALID_PATH', '%s', 400)

export const NotAuthenticated = createError<[string]>('NOT_AUTHENTICATED', '%s', 401)
export const SlaveTokenDiffers = createError(
  'SLAVE_TOKEN_DIFFERS',
  'The SLAVE_TOKEN of this slave does not fit the one of the master. Run "mirrorfleet slave token ID" with the id that the slave has in /list_slaves/, set the SLAVE_ID and SLAVE_TOKEN that it prints on the slave, and restart the slave.',
  401,
)
export const SlaveIdDiffers = createError<[string, string]>(
  'SLAVE_ID_DIFFERS',
  'The master calls this slave "%s", and the slave goes by "%s". Run "mirrorfleet slave token ID" with the id that the slave has in /list_slaves/, set the SLAVE_ID and SLAVE_TOKEN that it prints on the slave, and restart the slave.',
  403,
)
export const NodeNotOfFleet = createError<[string, string]>(
  'NODE_NOT_OF_FLEET',
  'The order names %s, which is none of the %s that the master of this slave, at MASTER_URL, lists. Check MASTER_URL on the slave.',
  403,
)
export const FleetNotKnown = createError<[string]>(
  'FLEET_NOT_KNOWN',
  'The order names %s, and none of the masters that this slave knows answered when it asked whether that is a node of the fleet. The order may be sent again.',
  503,
)
export const NotItsReport = createError<[string, string]>(
  'NOT_ITS_REPORT',
  'The log-in is that of the slave "%s", which cannot report or ask for "%s".',
  403,
)
export const HookRefused = createError(
  'HOOK_REFUSED',
  'The signature is missing or wrong, or there is no such hook. Sign the body with the trigger_secret of the project.',
  401,
)
export const RoleForbidden = createError<[string]>('ROLE_FORBIDDEN', '%s', 403)
export const ScopeForbidden = createError<[string]>('SCOPE_FORBIDDEN', '%s', 403)
export const NotOwner = createError<[string]>(
  'NOT_OWNER',
  'Project "%s" belongs to somebody else; ask its owner or root.',
  403,
)
export const CrossSite = createError(
  'CROSS_SITE',
  'This request came from another web site, so it was refused. A proxy before this server must pass on the Host header.',
  403,
)

export const RouteNotFound = createError<[string]>('ROUTE_NOT_FOUND', 'There is no route %s.', 404)
export const MethodNotAllowed = createError<[string, string, string]>(
  'METHOD_NOT_ALLOWED',
  'The route %s takes %s, not %s.',
  405,
)
export const ProjectNotFound = createError<[string]>(
  'PROJECT_NOT_FOUND',
  'There is no project with id "%s"; GET /list_projects/ lists them all.',
  404,
)
export const SlaveNotFound = createError<[string]>(
  'SLAVE_NOT_FOUND',
  'There is no slave "%s"; GET /list_slaves/ lists them all.',
  404,
)
export const UserNotFound = createError<[string]>('USER_NOT_FOUND', 'There is no user "%s".', 404)
export const TokenNotFound = createError<[string]>('TOKEN_NOT_FOUND', 'There is no token with id "%s".', 404)
export const RunNotFound = createError<[string]>(
  'RUN_NOT_FOUND',
  'There is no run "%s"; GET /list_runs/ lists the newest.',
  404,
)
export const LogNotFound = createError<[string]>('LOG_NOT_FOUND', 'There is no log of run %s.', 404)

export const ProjectExists = createError<[string]>('PROJECT_EXISTS', '%s', 409)
export const FolderTaken = createError<[string]>('FOLDER_TAKEN', '%s', 409)
export const ProjectBusy = createError<[string]>(
  'PROJECT_BUSY',
  'Project "%s" is being synced; try again when the run has ended, or stop it.',
  409,
)
export const UserExists = createError<[string]>('USER_EXISTS', 'There is already a user "%s".', 409)
export const LastRoot = createError(
  'LAST_ROOT',
  'This is the last user with the role root; make another one first.',
  409,
)
export const SlaveAmbiguous = createError<[string]>(
  'SLAVE_AMBIGUOUS',
  'Several slaves have the hostname "%s"; give the port too.',
  409,
)
export const NotPrepared = createError<[string, string]>(
  'NOT_PREPARED',
  'The tree of "%s" does not hold all of generation %s.',
  409,
)
/** A disk may not be mounted; what lies below its mount point is not filled. */
export const TreeMissing = createError<[string]>('TREE_MISSING', '%s', 409)
export const NotAtomic = createError<[string]>(
  'NOT_ATOMIC',
  'Project "%s" is synced in place and keeps no earlier tree to roll back to; with publish "atomic" it keeps one.',
  409,
)
export const NotAssigned = createError<[string, string]>('NOT_ASSIGNED', 'Project "%s" stays with its master: %s', 409)
export const NoEarlierTree = createError<[string]>(
  'NO_EARLIER_TREE',
  'Project "%s" has no earlier tree to roll back to: there was only one sync, or a later one is overwriting it.',
  409,
)
export const GenerationNotKept = createError<[string, string, string]>(
  'GENERATION_NOT_KEPT',
  'Project "%s" does not keep generation %s from before what is served; it keeps %s.',
  409,
)
export const NothingHeld = createError<[string]>(
  'NOTHING_HELD',
  'Project "%s" holds nothing back: the newest tree that was whole, or was published all the same, is served.',
  409,
)
export const SlaveCycle = createError<[string]>('SLAVE_CYCLE', '%s', 409)
export const SlaveInUse = createError<[string, string]>(
  'SLAVE_IN_USE',
  'The slaves %s pull from "%s"; give them another upstream first, or remove them.',
  409,
)
export const RunEnded = createError<[string]>('RUN_ENDED', 'Run "%s" has already ended.', 409)

const LoginRefused = createError<[number]>('TOO_MANY_LOGINS', 'Too many failed log-ins; wait %s seconds.', 429)
export class TooManyLogins extends LoginRefused {
  readonly retryAfterS: number

  constructor(retryAfterS: number) {
    super(retryAfterS)
    this.retryAfterS = retryAfterS
  }
}
export const TooManyReaders = createError('TOO_MANY_READERS', 'Too many open event streams; close one first.', 429)
export const WrongHost = createError<[string]>('WRONG_HOST', 'This service does not answer for the host "%s".', 421)

export const TreeLags = createError<[string, string]>(
  'TREE_LAGS',
  'The tree of "%s" is not what the fleet serves: %s.',
  503,
)
export const RunElsewhere = createError<[string, string]>(
  'RUN_ELSEWHERE',
  'Run "%s" is executed by the master "%s"; send this to that master.',
  503,
)
export const MasterDown = createError<[string, string]>(
  'MASTER_DOWN',
  'This needs the master "%s", which is not up (%s). Start it, or give the project another node.',
  503,
)
export const StoreUnavailable = createError(
  'STORE_UNAVAILABLE',
  'The database cannot be reached; nothing was changed. Try again in a moment.',
  503,
)
export const NobodyToTell = createError(
  'NOBODY_TO_TELL',
  'Neither mail nor chat is set up. Set SMTP_URL, MAIL_FROM and MAIL_TO, or NOTIFY_URLS, and restart the master.',
  409,
)
export const Stopping = createError('STOPPING', 'The service is stopping; try again in a moment.', 503)
