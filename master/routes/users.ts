// Routes of users: create, list, update, remove.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Strict, success } from '../../shared/schemas/common.ts'
import { Password, Role, Username } from '../../shared/schemas/user.ts'
import { withExample } from '../openapi/with-example.ts'
import { identityOf } from '../users/login.ts'
import type { UserService } from '../users/user-service.ts'
import { answers } from './answers.ts'

const UserAnswer = Answer({ username: Username, role: Role })

export async function userRoutes(app: Server, { users }: { users: UserService }): Promise<void> {
  app.post(
    '/create_api_user',
    {
      config: { access: ['root'] },
      schema: {
        tags: ['Users'],
        summary: 'Add a user',
        body: withExample(Strict({ username: Username, password: Password, role: Type.Optional(Role) }), {
          username: 'superman',
          password: 'a good one',
          role: 'upstreamuser',
        }),
        response: answers(UserAnswer, success('create_api_user', { username: 'superman', role: 'upstreamuser' })),
      },
    },
    async (request) => {
      const { username, password, role = 'upstreamuser' } = request.body
      const by = identityOf(request).username
      return success('create_api_user', await users.create(username, password, role, by))
    },
  )

  app.get(
    '/list_users',
    {
      config: { access: ['root'] },
      schema: {
        tags: ['Users'],
        summary: 'List all users',
        response: answers(Type.Array(Type.Object({ username: Username, role: Role })), [
          { username: 'root', role: 'root' },
        ]),
      },
    },
    async () => users.list(),
  )

  app.post(
    '/update_api_user',
    {
      config: { access: 'any' },
      schema: {
        tags: ['Users'],
        summary: "Change a user's role or password; all users may change their own password",
        body: withExample(
          Strict({ username: Username, password: Type.Optional(Password), role: Type.Optional(Role) }),
          { username: 'superman', role: 'viewer' },
        ),
        response: answers(UserAnswer, success('update_api_user', { username: 'superman', role: 'viewer' })),
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
      schema: {
        tags: ['Users'],
        summary: 'Remove a user and their tokens; their projects go to the root user who sends this',
        body: withExample(Strict({ username: Username }), { username: 'superman' }),
        response: answers(Answer({ username: Username }), success('remove_api_user', { username: 'superman' })),
      },
    },
    async (request) => {
      await users.remove(request.body.username, identityOf(request).username)
      return success('remove_api_user', { username: request.body.username })
    },
  )
}
