// Logs every request in before anything else is done with it: Bearer token, Basic with password, or token as username.

import basicAuth from '@fastify/basic-auth'
import type { FastifyRequest } from 'fastify'
import { CrossSite, NotAuthenticated } from '../../shared/errors.ts'
import { equalSecrets, readBearer } from '../../shared/http/bearer.ts'
import type { Server } from '../../shared/http/create-server.ts'
import type { UserService } from '../services/user-service.ts'
import { type Access, assertRole, type Identity } from './roles.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** A GET that changes something, kept from the original. */
    changesState?: boolean
  }
  interface FastifyRequest {
    identity: Identity | null
  }
}

const REALM = 'mirrorfleet'

/** Installs the log-in. Routes say in `config.access` who may use them; one that does not is root's alone. */
export async function installAuth(app: Server, users: UserService, slaveToken: string): Promise<void> {
  app.decorateRequest('identity', null)
  await app.register(basicAuth, {
    authenticate: { realm: REALM },
    validate: async (username, password, request) => {
      // The original takes the token as the Basic username, with any password.
      request.identity = (await users.checkToken(username)) ?? (await users.checkPassword(username, password))
      if (request.identity === null) throw new NotAuthenticated('Unknown user or wrong password.')
    },
  })

  app.addHook('onRequest', async (request, reply) => {
    const access = request.routeOptions.config.access ?? (['root'] as const)
    if (access === 'open' || request.is404) return
    assertSameSite(request)
    const bearer = readBearer(request.headers.authorization)
    if (access === 'slave') {
      if (bearer !== null && equalSecrets(bearer, slaveToken)) return
      throw new NotAuthenticated('This route is for slaves; it needs the SLAVE_TOKEN as a Bearer token.')
    }
    if (bearer === null) await runBasicAuth(app, request, reply)
    else request.identity = await users.checkToken(bearer)
    if (request.identity === null) throw new NotAuthenticated('This token is unknown or has expired.')
    if (access !== 'any') assertRole(request.identity, access)
  })

  app.addHook('onError', async (_request, reply, error) => {
    if (error.statusCode === 401) reply.header('www-authenticate', `Basic realm="${REALM}", charset="UTF-8"`)
  })
}

/** Who is logged in; only for handlers of routes that need a log-in. */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity === null) throw new Error('The route has no log-in')
  return request.identity
}

/** Browsers send log-ins along by themselves, so another site could make them change something (Fetch Metadata). */
function assertSameSite(request: FastifyRequest): void {
  const changes = request.method !== 'GET' || request.routeOptions.config.changesState === true
  if (changes && request.headers['sec-fetch-site'] === 'cross-site') throw new CrossSite()
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
