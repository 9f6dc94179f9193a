// Routes of the dashboard's log-in, and of the sessions that it makes.

import Type from 'typebox'
import type { Settings } from '../../settings.ts'
import { NotAuthenticated } from '../../shared/errors.ts'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Strict, success, Timestamp } from '../../shared/schemas/common.ts'
import { SessionView } from '../../shared/schemas/session.ts'
import { Password, Role, Username } from '../../shared/schemas/user.ts'
import { withExample } from '../openapi/with-example.ts'
import { identityOf } from '../users/login.ts'
import type { LoginLimits } from '../users/login-limits.ts'
import { readSessionCookie, writeSessionCookie } from '../users/session-cookie.ts'
import type { UserService } from '../users/user-service.ts'
import { answers } from './answers.ts'

const SESSION = {
  session_id: '0f1e2d3c4b5a6978',
  username: 'root',
  role: 'root' as const,
  created_at: '2026-11-24T00:42:00.000Z',
  last_used_at: '2026-11-24T00:45:00.000Z',
  expires_at: '2026-12-01T00:42:00.000Z',
  address: '192.0.2.7',
  agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  current: true,
}
const { session_id, username, role, expires_at } = SESSION
const LONGEST_AGENT = 200

export interface SessionRoutesDeps {
  settings: Pick<Settings, 'MASTER_URL' | 'SESSION_TTL_S'>
  users: UserService
  limits: LoginLimits
}

export async function sessionRoutes(app: Server, { settings, users, limits }: SessionRoutesDeps): Promise<void> {
  app.post(
    '/log_in',
    {
      config: { access: 'open' },
      schema: {
        tags: ['Users'],
        summary: 'Log a browser in: sets the cookie mirrorfleet_session. Scripts use HTTP Basic or a token',
        body: withExample(Strict({ username: Username, password: Password }), { username, password: 'correct horse' }),
        response: answers(
          Answer({ username: Username, role: Role, session_id: Type.String(), expires_at: Timestamp }),
          success('log_in', { username, role, session_id, expires_at }),
        ),
      },
    },
    async (request, reply) => {
      const { body, clientAddress: address, headers } = request
      const found = await limits.attempt(address, body.username, () =>
        users.checkPassword(body.username, body.password),
      )
      if (found === null) throw new NotAuthenticated('Unknown user or wrong password.')
      const before = readSessionCookie(headers.cookie)
      if (before !== null) await users.leaveSession(before)
      const agent = headers['user-agent']?.slice(0, LONGEST_AGENT) ?? null
      const { text, ...session } = await users.openSession(found, { address, agent })
      reply.header('set-cookie', writeSessionCookie(settings, text)).header('cache-control', 'no-store')
      return success('log_in', { username: found.username, role: found.role, ...session })
    },
  )

  app.post(
    '/log_out',
    {
      config: { access: 'open' },
      schema: {
        tags: ['Users'],
        summary: 'End the session of the cookie',
        response: answers(Answer({}), success('log_out')),
      },
    },
    async (request, reply) => {
      const text = readSessionCookie(request.headers.cookie)
      if (text !== null) await users.leaveSession(text)
      reply.header('set-cookie', writeSessionCookie(settings, null))
      return success('log_out')
    },
  )

  app.get(
    '/list_sessions',
    {
      config: { access: 'any' },
      schema: {
        tags: ['Users'],
        summary: 'List the browsers in which you are logged in; root sees those of all users',
        response: answers(Type.Array(SessionView), [SESSION]),
      },
    },
    async (request) => users.listSessions(identityOf(request)),
  )

  app.post(
    '/end_session',
    {
      config: { access: 'any' },
      schema: {
        tags: ['Users'],
        summary: 'Log a browser out, from anywhere',
        body: withExample(
          Strict({
            session_id: Type.String({ pattern: '^[0-9a-f]{16}$', description: 'a session_id of /list_sessions/' }),
          }),
          { session_id },
        ),
        response: answers(Answer({ session_id: Type.String() }), success('end_session', { session_id })),
      },
    },
    async (request) => {
      await users.endSession(identityOf(request), request.body.session_id)
      return success('end_session', { session_id: request.body.session_id })
    },
  )
}
