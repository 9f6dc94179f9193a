// Looks at what a request is about, before it is done and afterwards, for the audit list.

import type { FastifyRequest } from 'fastify'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Role } from '../../shared/schemas/roles.ts'
import type { Store } from '../store/store.ts'

/** What there was at one time: the project, and the role of the user, that a request names. */
export interface Looked {
  project: StoredProject | null
  role: Role | null
}

export type Fields = Readonly<Record<string, unknown>>
export type LookedAt = Pick<Store, 'findProject' | 'findProjectByKey' | 'findRun' | 'findUser'>

/** The fields of a request's query and body. */
export function fieldsOf(request: Pick<FastifyRequest, 'query' | 'body'>): Fields {
  return { ...Object(request.query), ...Object(request.body) }
}

export async function lookBefore(store: LookedAt, given: Fields): Promise<Looked> {
  return { project: await findProject(store, given), role: await findRole(store, given) }
}

export async function lookAfter(store: LookedAt, before: Looked, answered: Fields): Promise<Looked> {
  const known = before.project
  // A project that was renamed has another id, but the same key.
  const project = known === null ? await findProject(store, answered) : await store.findProjectByKey(known.key)
  return { project, role: await findRole(store, answered) }
}

async function findProject(store: LookedAt, { id, project, run }: Fields): Promise<StoredProject | null> {
  const found = typeof run === 'string' ? await store.findRun(run) : null
  const name = found?.id ?? id ?? project
  return typeof name === 'string' ? store.findProject(name) : null
}

async function findRole(store: LookedAt, { username }: Fields): Promise<Role | null> {
  return typeof username === 'string' ? ((await store.findUser(username))?.role ?? null) : null
}
