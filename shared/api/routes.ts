// The routes that clients use, with the types of what each takes and answers. A test holds them against the API's document.

import Type, { type Static, type TSchema } from 'typebox'
import { AuditEntry, AuditId } from '../schemas/audit.ts'
import { Answer, Name, Nullable, RunId, Strict, Timestamp } from '../schemas/common.ts'
import { GenerationView, RollbackProject } from '../schemas/generation.ts'
import { AssignNode, MasterView } from '../schemas/master.ts'
import { ProjectView } from '../schemas/project.ts'
import { AddProject, OptionNotes, UpdateProject } from '../schemas/project-request.ts'
import { Mode, Run, RunState } from '../schemas/run.ts'
import { RunBrief } from '../schemas/run-brief.ts'
import { FieldTexts, scheduleProperties } from '../schemas/schedule.ts'
import { SessionView } from '../schemas/session.ts'
import { SlaveView } from '../schemas/slave.ts'
import { createTokenProperties, TokenView } from '../schemas/token.ts'
import { TestUpstream, upstreamSeenProperties } from '../schemas/upstream-test.ts'
import { Password, Role, Username } from '../schemas/user.ts'

const Text = Type.String()
const PortText = Type.Union([Type.Integer(), Text])
const ById = Strict({ id: Name })
const Enabled = Answer({ id: Name, enabled: Type.Boolean() })
const User = { username: Username, role: Role }
const Token = { token_id: Text, username: Username, expires_at: Timestamp }
const { created_at: _created, last_used_at: _used, ...NewToken } = TokenView.properties
const SyncOptions = { mode: Type.Optional(Mode), dry_run: Type.Optional(Type.Boolean()) }

/** By method and path; `open` are those that answer with text or a stream. */
export const ROUTES = {
  get: {
    '/audit': {
      query: Strict({
        username: Type.Optional(Username),
        method: Type.Optional(Text),
        project: Type.Optional(Name),
        limit: Type.Optional(Type.Integer()),
        before: Type.Optional(AuditId),
      }),
      answer: Type.Array(AuditEntry),
    },
    '/get_run': { query: Strict({ run: RunId }), answer: Run },
    '/get_token': {
      query: Strict({ ttl: Type.Optional(Type.Integer()) }),
      answer: Answer({ ...Token, token: Text, role: Role }),
    },
    '/list_generations': { query: Strict({ id: Name }), answer: Type.Array(GenerationView) },
    '/list_masters': { answer: Type.Array(MasterView) },
    '/list_projects': { query: Strict({ id: Type.Optional(Name) }), answer: Type.Array(ProjectView) },
    '/list_runs': {
      query: Strict({
        id: Type.Optional(Name),
        state: Type.Optional(RunState),
        limit: Type.Optional(Type.Integer()),
        before: Type.Optional(RunId),
      }),
      answer: Type.Array(Run),
    },
    '/run_history': {
      query: Strict({ ids: Text, limit: Type.Optional(Type.Integer()) }),
      answer: Type.Record(Text, Type.Array(RunBrief)),
    },
    '/list_sessions': { answer: Type.Array(SessionView) },
    '/list_slaves': { answer: Type.Array(SlaveView) },
    '/list_tokens': { answer: Type.Array(TokenView) },
    '/list_users': { answer: Type.Array(Type.Object(User)) },
  },
  open: {
    '/events': { query: Strict({ id: Type.Optional(Name) }), answer: Text },
    '/run_log': {
      query: Strict({ run: RunId, slave: Type.Optional(Text), follow: Type.Optional(Type.Boolean()) }),
      answer: Text,
    },
  },
  post: {
    '/add_project': {
      body: AddProject,
      answer: Answer({ id: Name, project: Name, next_run_time: Nullable(Timestamp), notes: OptionNotes }),
    },
    '/add_slave': {
      body: Strict({ hostname: Text, port: PortText, upstream: Type.Optional(Nullable(Text)) }),
      answer: Answer({
        id: Text,
        hostname: Text,
        port: Type.Integer(),
        details: Text,
        reachable: Type.Boolean(),
        token: Text,
      }),
    },
    '/assign_node': { body: AssignNode, answer: Answer({ node: Text, ids: Type.Array(Text) }) },
    '/create_api_user': {
      body: Strict({ username: Username, password: Password, role: Type.Optional(Role) }),
      answer: Answer(User),
    },
    '/create_token': { body: Strict(createTokenProperties), answer: Answer({ ...NewToken, token: Text }) },
    '/disable_project': { query: ById, answer: Enabled },
    '/end_session': { body: Strict({ session_id: Text }), answer: Answer({ session_id: Text }) },
    '/log_in': {
      body: Strict({ username: Username, password: Password }),
      answer: Answer({ ...User, session_id: Text, expires_at: Timestamp }),
    },
    '/log_out': { answer: Answer({}) },
    '/enable_project': { query: ById, answer: Enabled },
    '/notify_test': { answer: Answer({ channels: Type.Array(Type.Object({ channel: Text, error: Nullable(Text) })) }) },
    '/preview_schedule': {
      body: Strict({ ...scheduleProperties, now: Type.Optional(Timestamp), count: Type.Optional(Type.Integer()) }),
      answer: Answer({ fields: FieldTexts, fires: Type.Array(Timestamp) }),
    },
    '/publish_held': { body: ById, answer: Answer({ id: Name, run: RunId }) },
    '/remove_api_user': { body: Strict({ username: Username }), answer: Answer({ username: Username }) },
    '/remove_project': {
      body: Strict({ id: Name, purge: Type.Optional(Type.Boolean()) }),
      // Masters of earlier versions do not say.
      answer: Answer({ id: Name, told_later: Type.Optional(Type.Array(Text)) }),
    },
    '/remove_slave': {
      body: Strict({ hostname: Text, port: Type.Optional(PortText) }),
      answer: Answer({ details: Text }),
    },
    '/revoke_token': { body: Strict({ token_id: Text }), answer: Answer({ token_id: Text }) },
    '/rollback_project': {
      body: RollbackProject,
      answer: Answer({ id: Name, generation: Type.Integer(), run: RunId }),
    },
    '/slave_token': { body: Strict({ id: Text }), answer: Answer({ id: Text, token: Text }) },
    '/stop_run': { body: Strict({ run: RunId }), answer: Answer({ run: RunId, state: RunState }) },
    '/syncup': {
      query: Strict({
        id: Type.Optional(Name),
        project: Type.Optional(Name),
        ...SyncOptions,
        force: Type.Optional(Type.Boolean()),
        upstream: Type.Optional(Type.Integer()),
      }),
      answer: Answer({ id: Name, run: RunId, running: Nullable(RunId), note: Text }),
    },
    '/test_upstream': { body: TestUpstream, answer: Answer(upstreamSeenProperties) },
    '/update_api_user': {
      body: Strict({ username: Username, password: Type.Optional(Password), role: Type.Optional(Role) }),
      answer: Answer(User),
    },
    '/update_project/basic': { body: UpdateProject, answer: Answer({ id: Name, notes: OptionNotes }) },
    '/update_project/schedule': {
      body: Strict({ id: Name, ...scheduleProperties }),
      answer: Answer({ id: Name, next_run_time: Nullable(Timestamp) }),
    },
  },
}

/** The same as types: `Routes['get']['/list_runs']['answer']`. */
export type Routes = {
  [M in keyof typeof ROUTES]: {
    [P in keyof (typeof ROUTES)[M]]: {
      [K in keyof (typeof ROUTES)[M][P]]: (typeof ROUTES)[M][P][K] extends TSchema
        ? Static<(typeof ROUTES)[M][P][K]>
        : never
    }
  }
}
