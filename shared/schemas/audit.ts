// An entry of the audit list: who changed what, when, and from where. It is stored as it is shown.

import Type, { type Static } from 'typebox'
import { Nullable, Timestamp } from './common.ts'
import { Role } from './user.ts'

/** What a request was about. */
export const AUDIT_KINDS = ['project', 'slave', 'user', 'token', 'session', 'other'] as const
export type AuditKind = (typeof AUDIT_KINDS)[number]

/**
 * One field that was set. `before` is missing where there was no value, `after` where there is none any more. `hidden` takes
 * the place of both for a secret. A long value is the beginning of its JSON text, with … at its end.
 */
export const AuditChange = Type.Object({
  field: Type.String(),
  before: Type.Optional(Type.Unknown()),
  after: Type.Optional(Type.Unknown()),
  hidden: Type.Optional(Type.Literal(true)),
})
export type AuditChange = Static<typeof AuditChange>

export const AuditId = Type.String({ pattern: '^[0-9a-f]{20}$', description: 'an audit_id of /audit/' })

export const AuditEntry = Type.Object({
  /** In their text's order, later ids are of later entries. */
  audit_id: AuditId,
  at: Timestamp,
  /** Null for what was done at the master's own command line, where nobody logs in, and for a log-in that failed. */
  username: Nullable(Type.String()),
  role: Nullable(Role),
  /** The address that the request came from. */
  from: Type.String(),
  /** As in the answer to the request, such as `update_project`. */
  method: Type.String(),
  kind: Type.Enum(AUDIT_KINDS),
  /** The id of the project or slave, the username, or the id of the token or session; null for `other`. */
  target: Nullable(Type.String()),
  /** Of a project: its key, which stays when it is renamed. Missing for what else there is, and in entries of earlier versions. */
  project_key: Type.Optional(Type.String()),
  change: Type.Array(AuditChange),
})
export type AuditEntry = Static<typeof AuditEntry>
