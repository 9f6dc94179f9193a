// Authenticates every request before anything else: by Bearer token, Basic with password, or token as username.

import basicAuth from '@fastify/basic-auth'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { PAGE_HEADER } from '../../shared/api/page-header.ts'
import { CrossSite, NotAuthenticated, TooManyLogins } from '../../shared/errors.ts'
import type { FailureCounts } from '../../shared/flow/failure-counts.ts'
import { equalSecrets, readBearer } from '../../shared/http/bearer.ts'
import type { Server } from '../../shared/http/create-server.ts'
import { deriveBearer, deriveSlaveToken, readSlaveLogIn } from '../../shared/http/slave-log-in.ts'
import type { TokenAction } from '../../shared/schemas/token.ts'
import { createLoginLimits, type LoginLimits } from './login-limits.ts'
import { type Access, assertAction, assertRole, type Identity } from './roles.ts'
import { readSessionCookie } from './session-cookie.ts'
import type { UserService } from './user-service.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** A GET that changes something, kept from the original. */
    changesState?: boolean
    /** What the route does, for tokens that are limited to it; others refuse them. */
    tokenAction?: TokenAction
    /** What must be done by the master that holds the project's disk, or the run's log. */
    onLead?: 'project' | 'run'
  }
  interface FastifyRequest {
    identity: Identity | null
    /** Looks at the log-in of the request again, for answers that stay open: null once it is not valid any more. */
    checkAgain: () => Promise<Identity | null>
    /** The slave that sent the request; null on routes that are not for slaves. */
    slaveId: string | null
  }
}

const REALM = 'mirrorfleet'
const NOBODY = async (): Promise<null> => null
const NOT_A_SLAVE =
  'This route is for slaves, and this is not the log-in of the slave that the request names. On the slave, set the SLAVE_ID and SLAVE_TOKEN that "mirrorfleet slave token ID" prints. A slave that is older than its master is to be updated.'

/**
 * Installs the log-in, and returns its limits on guessing. Routes say in `config.access` who may use them; without it, only
 * root may.
 */
export async function installAuth(
  app: Server,
  users: UserService,
  slaveToken: string,
  loginFailures: FailureCounts | undefined,
  now: () => number,
  onFailed: (ip: string, username: string) => void,
): Promise<LoginLimits> {
  const limits = createLoginLimits(loginFailures, now, onFailed)
  app.decorateRequest('identity', null)
  app.decorateRequest('slaveId', null)
  app.decorateRequest('checkAgain', NOBODY)
  await app.register(basicAuth, {
    authenticate: { realm: REALM },
    validate: async (username, password, request) => {
      // The original takes the token as the Basic username, with any password.
      request.identity = await users.checkToken(username)
      request.checkAgain = () => users.checkToken(username)
      if (request.identity !== null) return
      request.checkAgain = () => users.checkPassword(username, password)
      request.identity = await limits.attempt(request.clientAddress, username, () =>
        users.checkPassword(username, password),
      )
      if (request.identity === null) throw new NotAuthenticated('Unknown user or wrong password.')
    },
  })

  const refuse = async (request: FastifyRequest, whose: 'user' | 'slave', message: string): Promise<never> => {
    await limits.noteWrongToken(request.clientAddress, whose)
    throw new NotAuthenticated(message)
  }

  /** By a session's cookie, a token, or a password. */
  const logIn = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const bearer = readBearer(request.headers.authorization)
    const cookie = request.headers.authorization === undefined ? readSessionCookie(request.headers.cookie) : null
    if (cookie !== null) {
      request.identity = await checkCookie(users, request, cookie)
      request.checkAgain = () => users.checkSession(cookie)
    } else if (bearer === null) await runBasicAuth(app, request, reply)
    else {
      // Nobody guesses 256 bits, so its owner is not delayed by the failures of others at the same address.
      request.identity = await users.checkToken(bearer)
      request.checkAgain = () => users.checkToken(bearer)
      if (request.identity === null) await refuse(request, 'user', 'This token is unknown or has expired.')
    }
    // A token that is limited may lie with somebody else, such as an upstream that pushes.
    if (request.identity && !request.identity.scope) limits.noteKnown(request.clientAddress, request.identity.username)
  }

  app.addHook('onRequest', async (request, reply) => {
    const access = request.routeOptions.config.access ?? (['root'] as const)
    if (request.is404) return
    assertSameSite(request)
    if (access === 'open') return
    if (access === 'slave') {
      // Compared before the limit, so that no guessing from a slave's address keeps its reports out.
      request.slaveId = findSlave(request, slaveToken)
      if (request.slaveId !== null) return
      return refuse(request, 'slave', NOT_A_SLAVE)
    }
    await logIn(request, reply)
    assertAction(identityOf(request), request.routeOptions.config.tokenAction)
    if (access !== 'any') assertRole(identityOf(request), access)
  })

  app.addHook('onError', async (request, reply, error) => {
    // The dashboard asks for the password itself; for Basic, the browser would open a dialog of its own.
    const isPage = request.headers['sec-fetch-dest'] === 'empty' || request.headers[PAGE_HEADER] !== undefined
    const challenge = isPage ? `Bearer realm="${REALM}"` : `Basic realm="${REALM}", charset="UTF-8"`
    if (error.statusCode === 401) reply.header('www-authenticate', challenge)
    if (error instanceof TooManyLogins) reply.header('retry-after', error.retryAfterS)
  })
  return limits
}

/** Browsers send cookies with every request to us, even with that of an image: a GET changes nothing for one. */
async function checkCookie(
  users: Pick<UserService, 'checkSession'>,
  { method, routeOptions }: FastifyRequest,
  cookie: string,
): Promise<Identity> {
  if (routeOptions.config.changesState && (method === 'GET' || method === 'HEAD'))
    throw new NotAuthenticated('A page changes something by POST only; with GET, log in with HTTP Basic or a token.')
  const identity = await users.checkSession(cookie)
  if (identity === null) throw new NotAuthenticated('This session is unknown or has ended. Log in again.')
  return identity
}

/** The id of the slave whose own log-in a request carries, or null. Whether it is in the fleet is not looked up. */
function findSlave(request: FastifyRequest, masterToken: string): string | null {
  const { bearer, slaveId } = readSlaveLogIn(request.headers)
  if (bearer === null || slaveId === null) return null
  return equalSecrets(bearer, deriveBearer(deriveSlaveToken(masterToken, slaveId), 'to-master')) ? slaveId : null
}

/** The slave that is logged in; only for handlers of routes for slaves. */
export function slaveOf(request: FastifyRequest): string {
  if (request.slaveId === null) throw new Error('The route is not for slaves')
  return request.slaveId
}

/** The user who is logged in; only for handlers of routes that need a log-in. */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity === null) throw new Error('The route has no log-in')
  return request.identity
}

/**
 * Browsers send log-ins by themselves, so another site could have them change something. Over HTTPS they say where a
 * request comes from (Fetch Metadata); over plain HTTP only Origin and Referer do. Clients that are no browsers send none.
 */
function assertSameSite({ method, routeOptions, headers, host, protocol }: FastifyRequest): void {
  if (method === 'GET' && routeOptions.config.changesState !== true) return
  const site = headers['sec-fetch-site']
  // The browser itself says that it is our page; no script of a page can set this header.
  if (site === 'same-origin') return
  const page = headers.origin ?? headers.referer
  const isForeign = page !== undefined && hostOf(page) !== hostOf(`${protocol}://${host}`)
  if (site === 'cross-site' || site === 'same-site' || isForeign) throw new CrossSite()
}

/** Without the default port. Null for an origin that a browser keeps to itself, which is `null` on the wire. */
function hostOf(page: string): string | null {
  return URL.canParse(page) ? new URL(page).host : null
}

async function runBasicAuth(
  app: Server,
  request: FastifyRequest,
  reply: Parameters<Server['basicAuth']>[1],
): Promise<void> {
  if (request.headers.authorization === undefined) {
    throw new NotAuthenticated('Log in with HTTP Basic or a Bearer token; GET /get_token/ gives one.')
  }
  await new Promise<void>((resolve, reject) => {
    app.basicAuth(request, reply, (error) => (error ? reject(error) : resolve()))
  })
}
