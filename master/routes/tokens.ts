// Routes of tokens, and the one that tries a log-in.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Strict, success, Timestamp } from '../../shared/schemas/common.ts'
import { createTokenProperties, TokenView } from '../../shared/schemas/token.ts'
import { Role } from '../../shared/schemas/user.ts'
import { TOKEN } from '../openapi/examples.ts'
import { queryField, withExample } from '../openapi/with-example.ts'
import { identityOf } from '../users/login.ts'
import type { UserService } from '../users/user-service.ts'
import { answers } from './answers.ts'

const Ttl = Type.Integer({ minimum: 1, maximum: 31_536_000, description: 'a number of seconds' })
const TokenId = Type.String({ pattern: '^[0-9a-f]{16}$', description: 'a token_id of /list_tokens/' })
const { created_at: _created, last_used_at: _used, ...shownProperties } = TokenView.properties
const LIMITED = {
  username: 'root',
  label: 'push from debian.org',
  scope: { projects: ['fedora'], actions: ['sync' as const] },
}

export async function tokenRoutes(app: Server, { users }: { users: UserService }): Promise<void> {
  app.get(
    '/get_token',
    {
      config: { access: 'any', changesState: true },
      schema: {
        tags: ['Users'],
        summary: 'Make a token for scripts; its text is shown only once',
        querystring: Strict({ ttl: Type.Optional(queryField(Ttl, 600)) }),
        response: answers(
          Answer({
            token: Type.String(),
            token_id: Type.String(),
            expires_at: Timestamp,
            username: Type.String(),
            role: Role,
          }),
          success('get_token', { token: 'x'.repeat(43), ...TOKEN, username: 'root', role: 'root' as const }),
        ),
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const identity = identityOf(request)
      const { username, role } = identity
      return success('get_token', { username, role, ...(await users.createToken(identity, request.query.ttl)) })
    },
  )

  app.post(
    '/create_token',
    {
      config: { access: 'any' },
      schema: {
        tags: ['Users'],
        summary: 'Make a token that lives up to a year, or that may only sync some projects',
        body: withExample(Strict(createTokenProperties), { ...LIMITED, ttl: '90d' }),
        response: answers(
          Answer({ token: Type.String(), ...shownProperties }),
          success('create_token', { token: `limited_${'x'.repeat(43)}`, ...TOKEN, ...LIMITED }),
        ),
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return success('create_token', await users.createScopedToken(identityOf(request), request.body))
    },
  )

  app.get(
    '/list_tokens',
    {
      config: { access: 'any' },
      schema: {
        tags: ['Users'],
        summary: 'List your own tokens; root sees all',
        response: answers(Type.Array(TokenView), [
          {
            ...TOKEN,
            ...LIMITED,
            created_at: '2026-11-24T00:42:00.000Z',
            last_used_at: '2026-11-24T00:45:00.000Z',
          },
        ]),
      },
    },
    async (request) => users.listTokens(identityOf(request)),
  )

  app.post(
    '/revoke_token',
    {
      config: { access: 'any' },
      schema: {
        tags: ['Users'],
        summary: 'Revoke a token',
        body: withExample(Strict({ token_id: TokenId }), { token_id: TOKEN.token_id }),
        response: answers(Answer({ token_id: Type.String() }), success('revoke_token', { token_id: TOKEN.token_id })),
      },
    },
    async (request) => {
      await users.revokeToken(identityOf(request), request.body.token_id)
      return success('revoke_token', { token_id: request.body.token_id })
    },
  )

  app.get(
    '/test',
    {
      config: { access: ['root'] },
      schema: {
        tags: ['Users'],
        summary: 'Check that your log-in works and has the role root',
        response: answers(Answer({}), success('test')),
      },
    },
    async () => success('test'),
  )
}
