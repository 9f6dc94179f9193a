// Projects in PostgreSQL. The whole list is cached in memory; notices keep it up to date.

import type { PoolClient } from 'pg'
import { ProjectNotFound } from '../../../shared/errors.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { idTaken, nameTaken } from '../taken.ts'
import { brokenConstraint, type Sql } from './database.ts'
import { assertFolderApart, isPlacedAnew } from './folders-apart.ts'
import type { Notices } from './notices.ts'

interface Kept {
  key: string
  data: StoredProject
}

const COLUMNS = 'key, id_lower, name_lower, lead, due_again, next_run_time, data'
const VALUES = '$1, $2, $3, $4, $5, $6, $7'

export class ProjectTable {
  readonly #database: Sql
  readonly #notices: Notices
  /** The whole list; null when it must be read again. */
  #list: Map<string, StoredProject> | null = null
  #sorted: readonly StoredProject[] | null = null
  /** Keys of projects that were changed since they were read. */
  #changed = new Set<string>()
  #reading: Promise<unknown> = Promise.resolve()
  /** How often notices may have been missed. A list that was being read at that time is not kept. */
  #gaps = 0

  constructor(database: Sql, notices: Notices) {
    this.#database = database
    this.#notices = notices
    notices.onProject((key) => this.#changed.add(key))
    notices.onGap(() => {
      this.#list = null
      this.#gaps += 1
    })
  }

  /** Every project, as of the newest notice. This master's own changes are always included. */
  list(): Promise<readonly StoredProject[]> {
    const reading = this.#reading.then(() => this.#read())
    this.#reading = reading.catch(() => {})
    return reading
  }

  async find(id: string): Promise<StoredProject | null> {
    const project = await this.#findWhere('id_lower', id.toLowerCase())
    return project?.id === id ? project : null
  }

  findByKey(key: string): Promise<StoredProject | null> {
    return this.#findWhere('key', key)
  }

  async add(project: StoredProject): Promise<void> {
    await this.#changing(project.key, async (client) => {
      await client.query(`INSERT INTO project (${COLUMNS}) VALUES (${VALUES})`, columnsOf(project))
      await assertFolderApart(client, project)
    }).catch((error) => this.#explain(error, project))
  }

  async update(key: string, change: (project: StoredProject) => StoredProject): Promise<StoredProject> {
    let wanted: StoredProject | null = null
    return this.#changing(key, async (client) => {
      const before = await lockProject(client, key)
      wanted = change(before)
      await writeProject(client, wanted)
      if (isPlacedAnew(before, wanted)) await assertFolderApart(client, wanted)
      return wanted
    }).catch((error) => this.#explain(error, wanted))
  }

  async remove(key: string): Promise<void> {
    await this.#changing(key, async (client) => {
      const { rowCount } = await client.query('DELETE FROM project WHERE key = $1', [key])
      if (rowCount === 0) throw new ProjectNotFound(key)
    })
  }

  /** Runs a transaction that changes a project, and makes every master read the project again. */
  async #changing<T>(key: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const result = await this.#database.transaction(async (client) => {
      const done = await work(client)
      await this.#notices.noteProject(client, key)
      return done
    })
    this.#changed.add(key)
    return result
  }

  /** For code that has changed a project in its own transaction. */
  noteChange(key: string): void {
    this.#changed.add(key)
  }

  async #findWhere(column: 'key' | 'id_lower', value: string): Promise<StoredProject | null> {
    const rows = await this.#database.query<Kept>(`SELECT key, data FROM project WHERE ${column} = $1`, [value])
    return rows[0]?.data ?? null
  }

  async #read(): Promise<readonly StoredProject[]> {
    const changed = this.#changed
    const isFresh = this.#list !== null && this.#notices.isListening()
    if (isFresh && changed.size === 0 && this.#sorted !== null) return this.#sorted
    // Changes from here on are read by the next call.
    this.#changed = new Set()
    const gaps = this.#gaps
    const known: Map<string, StoredProject> = isFresh && this.#list !== null ? this.#list : new Map()
    try {
      const rows = isFresh
        ? await this.#database.query<Kept>('SELECT key, data FROM project WHERE key = ANY($1)', [[...changed]])
        : await this.#database.query<Kept>('SELECT key, data FROM project')
      for (const key of changed) known.delete(key)
      for (const { key, data } of rows) known.set(key, data)
    } catch (error) {
      this.#list = null
      throw error
    }
    this.#list = this.#gaps === gaps ? known : null
    this.#sorted = [...known.values()]
    return this.#sorted
  }

  async #explain(error: unknown, project: StoredProject | null): Promise<never> {
    const constraint = brokenConstraint(error)
    if (project === null || constraint === null) throw error
    const byName = constraint === 'project_name'
    const taken = await this.#database.query<Kept>(
      `SELECT key, data FROM project WHERE ${byName ? 'name_lower' : 'id_lower'} = $1`,
      [(byName ? project.project : project.id).toLowerCase()],
    )
    const other = taken[0]?.data ?? project
    throw byName ? nameTaken(other, project) : idTaken(other)
  }
}

/** Reads a project and locks its row until the transaction ends. @throws {ProjectNotFound} */
export async function lockProject(client: PoolClient, key: string): Promise<StoredProject> {
  const { rows } = await client.query<Kept>('SELECT key, data FROM project WHERE key = $1 FOR UPDATE', [key])
  if (rows[0] === undefined) throw new ProjectNotFound(key)
  return rows[0].data
}

/** Writes an existing project. */
export async function writeProject(client: PoolClient, project: StoredProject): Promise<void> {
  await client.query(`UPDATE project SET (${COLUMNS}) = (${VALUES}) WHERE key = $1`, columnsOf(project))
}

function columnsOf(project: StoredProject): unknown[] {
  const { key, id, project: name, lead, due_again, enabled, next_run_time } = project
  const next = enabled ? next_run_time : null
  return [key, id.toLowerCase(), name.toLowerCase(), lead, due_again, next, project]
}
