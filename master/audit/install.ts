// One hook for all routes: each request that has changed something is in the audit list before its answer goes out.

import type { FastifyRequest } from 'fastify'
import type { Server } from '../../shared/http/create-server.ts'
import { methodName } from '../../shared/http/error-handler.ts'
import type { Role } from '../../shared/schemas/roles.ts'
import { readClientAddress } from '../cluster/client-address.ts'
import type { Store } from '../store/store.ts'
import type { Identity } from '../users/roles.ts'
import { readSessionCookie } from '../users/session-cookie.ts'
import type { UserService } from '../users/user-service.ts'
import { describeAction, LEFT_OUT } from './actions.ts'
import type { AuditList } from './audit-list.ts'
import { fieldsOf, type Looked, lookAfter, lookBefore } from './look.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What there was before the request, and who sent it; null for one that is not for the audit list. */
    audited: { before: Looked; by: Pick<Identity, 'username' | 'role' | 'sessionId'> | null } | null
  }
}

export interface AuditDeps {
  store: Store
  users: Pick<UserService, 'checkSession'>
  audit: Pick<AuditList, 'note'>
  secrets: { slaveToken: string }
}

/** Install it after the log-in, and before what forwards requests: the master that does what is asked notes it. */
export function installAudit(app: Server, { store, users, audit, secrets }: AuditDeps): void {
  app.decorateRequest('audited', null)
  app.addHook('preHandler', async (request) => {
    if (!isForAudit(request)) return
    // The session that /log_out/ ends is gone afterwards.
    const cookie = request.identity === null ? readSessionCookie(request.headers.cookie) : null
    const by = cookie === null ? request.identity : await users.checkSession(cookie)
    request.audited = { before: await lookBefore(store, fieldsOf(request)), by }
  })
  app.addHook('preSerialization', async (request, reply, payload) => {
    const { audited } = request
    if (audited === null || reply.statusCode >= 400) return payload
    const answered: object = Object(payload)
    const given = fieldsOf(request)
    const url = request.routeOptions.url ?? ''
    const by = url === '/log_in' ? (answered as { username: string; role: Role }) : audited.by
    if (by === null) return payload
    const { before } = audited
    await audit.note(async () => {
      const after = await lookAfter(store, before, { ...answered })
      const sessionId = by === audited.by ? audited.by.sessionId : undefined
      const done = { given, answered: { ...answered, ...(url === '/log_out' ? { session_id: sessionId } : {}) } }
      const action = describeAction(url, { ...done, before, after })
      const key = action.kind === 'project' ? (before.project ?? after.project)?.key : undefined
      return {
        username: by.username,
        role: by.role,
        from: readClientAddress(secrets.slaveToken, request) ?? request.clientAddress,
        method: methodName(request),
        ...action,
        ...(key === undefined ? {} : { project_key: key }),
      }
    })
    return payload
  })
}

/** True for what changes something, by a person: not for reports of slaves, nor for what only looks. */
function isForAudit({ method, routeOptions, is404 }: FastifyRequest): boolean {
  const { url = '', config } = routeOptions
  const changes = config.changesState === true || (method !== 'GET' && method !== 'HEAD')
  return !is404 && changes && config.access !== 'slave' && !LEFT_OUT.includes(url)
}
