// The interface of the master's store. Services use this only; lowdb documents and PostgreSQL implement it.

import { ProjectNotFound } from '../../shared/errors.ts'
import type { AuditEntry } from '../../shared/schemas/audit.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run, RunState } from '../../shared/schemas/run.ts'
import type { StoredSlave } from '../../shared/schemas/slave.ts'
import type { StoredToken } from '../../shared/schemas/token.ts'
import type { StoredUser } from '../../shared/schemas/user.ts'

/** Which runs to list. `before` is the id of a run; only older runs are listed. That run need not be kept any more. */
export interface RunFilter {
  key?: string
  state?: RunState
  limit: number
  before?: string
}

/** Which entries of the audit list. `before` is an audit_id: only older entries are listed. That one need not be kept any more. */
export interface AuditFilter {
  limit: number
  before?: string
  username?: string
  method?: string
  project?: AuditedProject
}

/** Entries of projects with these keys; of those that have no key, the ones with this id. */
export interface AuditedProject {
  id: string
  keys: readonly string[]
}

/** Which tokens; a field that is not set matches any. */
export type TokenFilter = Partial<Pick<StoredToken, 'username' | 'token_id'>>

/**
 * A write is on disk when its promise resolves; when it rejects, nothing has changed. The store never modifies an
 * object that it has returned, and callers must not modify it either.
 */
export interface Store {
  open: () => Promise<void>
  close: () => Promise<void>
  /** Rejects with the reason when nothing can be written. */
  checkWritable: () => Promise<void>
  /**
   * A number that grows whenever the store may have been put back to an earlier state. Numbers of runs and decisions come
   * again then: they order only what is of one epoch.
   */
  epoch: () => Promise<number>

  listUsers: () => Promise<readonly StoredUser[]>
  findUser: (username: string) => Promise<StoredUser | null>
  /** @throws {UserExists} */
  addUser: (user: StoredUser) => Promise<void>
  /** @throws {UserNotFound} @throws {LastRoot} when no user with the role root would be left. */
  updateUser: (username: string, change: Partial<Pick<StoredUser, 'password_hash' | 'role'>>) => Promise<StoredUser>
  /** Removes a user and their tokens. @throws {UserNotFound} @throws {LastRoot} */
  removeUser: (username: string) => Promise<void>

  listTokens: () => Promise<readonly StoredToken[]>
  /** A token, expired or not, and its user; null when there is no such token. */
  findToken: (sha256: string) => Promise<{ token: StoredToken; user: StoredUser } | null>
  /** Also removes the tokens that expired before `now` (ISO 8601). */
  addToken: (token: StoredToken, now: string) => Promise<void>
  /** Writes down when tokens were last used (ISO 8601, by token_id), unless something later is known. */
  noteTokenUses: (uses: ReadonlyMap<string, string>) => Promise<void>
  /** Removes the tokens that match `which`; returns how many. */
  removeTokens: (which: TokenFilter) => Promise<number>

  listSlaves: () => Promise<readonly StoredSlave[]>
  /** Returns the slave that already has this id, or null when it was added. */
  addSlave: (slave: StoredSlave) => Promise<StoredSlave | null>
  /** @throws {SlaveNotFound} */
  updateSlave: (id: string, change: (slave: StoredSlave) => StoredSlave) => Promise<void>
  /** @throws {SlaveNotFound} */
  removeSlave: (id: string) => Promise<void>

  listProjects: () => Promise<readonly StoredProject[]>
  findProject: (id: string) => Promise<StoredProject | null>
  findProjectByKey: (key: string) => Promise<StoredProject | null>
  /**
   * @throws {ProjectExists} when the id, project or key is taken, in upper or lower case. @throws {FolderTaken} when
   * another master has just given out an overlapping folder.
   */
  addProject: (project: StoredProject) => Promise<void>
  /** Applies a pure change. @throws {ProjectNotFound} @throws {ProjectExists} when a new id or name is taken. */
  updateProject: (key: string, change: (project: StoredProject) => StoredProject) => Promise<StoredProject>
  /** Removes a project and its runs. @throws {ProjectNotFound} */
  removeProject: (key: string) => Promise<void>

  /**
   * Adds or replaces a run of a project. Keeps its newest `history` runs, and of those that repeat each other the newest
   * (`repeatedRuns`). Returns the ids of the runs that were dropped.
   */
  saveRun: (key: string, run: Run, history: number) => Promise<string[]>
  /** Adds many runs, oldest first, to a project that has none. For moving a store. */
  addRuns: (key: string, runs: readonly Run[]) => Promise<void>
  findRun: (run: string) => Promise<Run | null>
  /** The numbers of a project's runs that are kept, in any order. */
  listRunNumbers: (key: string) => Promise<readonly number[]>
  /** Newest first. */
  listRuns: (filter: RunFilter) => Promise<readonly Run[]>

  /** Adds entries to the audit list, oldest first. */
  addAudit: (entries: readonly AuditEntry[]) => Promise<void>
  /** Newest first. */
  listAudit: (filter: AuditFilter) => Promise<readonly AuditEntry[]>
  /** The keys of the projects that have entries with this id: it was theirs at some time. */
  listAuditedKeys: (id: string) => Promise<readonly string[]>
  /** Drops the entries that are outdated (`outdatedEntries`). `now` is in milliseconds since 1970. */
  tidyAudit: (now: number) => Promise<void>
}

/** The project with that key. @throws {ProjectNotFound} */
export async function getProject(store: Pick<Store, 'findProjectByKey'>, key: string): Promise<StoredProject> {
  const project = await store.findProjectByKey(key)
  if (project === null) throw new ProjectNotFound(key)
  return project
}

/** The id of a run: its project's key and its number within the project, which together locate the record. */
export function formatRunId(key: string, number: number): string {
  return `${key}-${number}`
}

/** @returns null when the text is not a run id. */
export function parseRunId(run: string): { key: string; number: number } | null {
  const match = /^(.+)-(\d{1,12})$/.exec(run)
  return match?.[1] === undefined ? null : { key: match[1], number: Number(match[2]) }
}
