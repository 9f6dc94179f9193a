// The route of the audit list.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { AuditEntry, AuditId } from '../../shared/schemas/audit.ts'
import { Name, Strict } from '../../shared/schemas/common.ts'
import { Username } from '../../shared/schemas/user.ts'
import type { AuditList } from '../audit/audit-list.ts'
import { AUDIT_ENTRY } from '../openapi/examples.ts'
import { queryField } from '../openapi/with-example.ts'
import { answers } from './answers.ts'

const Limit = Type.Integer({ minimum: 1, maximum: 1000, description: 'a whole number from 1 to 1000' })
const Method = Type.String({
  pattern: '^[a-z][a-z_-]{0,63}$',
  description: 'the method of an answer, such as update_project',
})
const ListAudit = Strict({
  username: Type.Optional(queryField(Username, 'root')),
  method: Type.Optional(queryField(Method, 'update_project')),
  project: Type.Optional(queryField(Name, 'fedora')),
  limit: Type.Optional(queryField(Limit, 50)),
  before: Type.Optional(queryField(AuditId, AUDIT_ENTRY.audit_id)),
})

export async function auditRoutes(app: Server, { audit }: { audit: Pick<AuditList, 'list'> }): Promise<void> {
  app.get(
    '/audit',
    {
      config: { access: ['root'] },
      schema: {
        tags: ['Users'],
        summary: 'List who changed what, when, and from where, newest first',
        querystring: ListAudit,
        response: answers(Type.Array(AuditEntry), [AUDIT_ENTRY]),
      },
    },
    async ({ query: { limit = 50, ...filter } }) => [...(await audit.list({ limit, ...filter }))],
  )
}
