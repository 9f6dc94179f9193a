// Routes of users and tokens.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Strict, success, Timestamp } from '../../shared/schemas/common.ts'
import { Password, Role, Username } from '../../shared/schemas/user.ts'
import { identityOf } from '../users/login.ts'
import type { UserService } from '../users/user-service.ts'
import { answers } from './answers.ts'

const UserAnswer = Answer({ username: Username, role: Role })
const TokenView = Type.Object({
  token_id: Type.String(),
  username: Username,
  created_at: Timestamp,
  expires_at: Timestamp,
})

export async function userRoutes(app: Server, { users }: { users: UserService }): Promise<void> {
  app.post(
    '/create_api_user',
    {
      config: { access: ['root'] },
      schema: {
        body: Strict({ username: Username, password: Password, role: Type.Optional(Role) }),
        response: answers(UserAnswer),
      },
    },
    async (request) => {
      const { username, password, role = 'upstreamuser' } = request.body
      return success('create_api_user', await users.create(username, password, role))
    },
  )

  app.get(
    '/list_users',
    {
      config: { access: ['root'] },
      schema: { response: answers(Type.Array(Type.Object({ username: Username, role: Role }))) },
    },
    async () => users.list(),
  )

  app.post(
    '/update_api_user',
    {
      config: { access: 'any' },
      schema: {
        body: Strict({ username: Username, password: Type.Optional(Password), role: Type.Optional(Role) }),
        response: answers(UserAnswer),
      },
    },
    async (request) => {
      const { username, ...change } = request.body
      return success('update_api_user', await users.update(identityOf(request), username, change))
    },
  )

  app.post(
    '/remove_api_user',
    {
      config: { access: ['root'] },
      schema: { body: Strict({ username: Username }), response: answers(Answer({ username: Username })) },
    },
    async (request) => {
      await users.remove(request.body.username)
      return success('remove_api_user', { username: request.body.username })
    },
  )

  app.get(
    '/get_token',
    {
      config: { access: 'any', changesState: true },
      schema: {
        querystring: Strict({
          ttl: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000, description: 'a number of seconds' })),
        }),
        response: answers(
          Answer({
            token: Type.String(),
            token_id: Type.String(),
            expires_at: Timestamp,
            username: Type.String(),
            role: Role,
          }),
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

  app.get(
    '/list_tokens',
    { config: { access: 'any' }, schema: { response: answers(Type.Array(TokenView)) } },
    async (request) => users.listTokens(identityOf(request)),
  )

  app.post(
    '/revoke_token',
    {
      config: { access: 'any' },
      schema: {
        body: Strict({
          token_id: Type.String({ pattern: '^[0-9a-f]{16}$', description: 'a token_id of /list_tokens/' }),
        }),
        response: answers(Answer({ token_id: Type.String() })),
      },
    },
    async (request) => {
      await users.revokeToken(identityOf(request), request.body.token_id)
      return success('revoke_token', { token_id: request.body.token_id })
    },
  )

  app.get('/test', { config: { access: ['root'] }, schema: { response: answers(Answer({})) } }, async () =>
    success('test'),
  )
}
