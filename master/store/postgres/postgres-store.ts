// The store on PostgreSQL, for several masters on one database.

import type { Store } from '../store.ts'
import { createAccounts } from './accounts.ts'
import { createAuditTable } from './audit.ts'
import type { Database, Sql } from './database.ts'
import { readEpoch, renewEpoch } from './epoch.ts'
import { migrate } from './migrate.ts'
import { isAnyNameHeld } from './node-name.ts'
import type { Notices } from './notices.ts'
import { ProjectTable } from './projects.ts'
import { addRuns, findRun, listRunNumbers, listRuns, writeRun } from './runs.ts'

/** `projects` is for code that changes projects in its own transactions. */
export interface PostgresStore extends Store {
  projects: ProjectTable
}

/** The same store within one transaction. The caller opens and closes the database. */
export function createStoreIn(sql: Sql, notices: Notices): Omit<Store, 'open' | 'close'> {
  return makeVerbs(sql, new ProjectTable(sql, notices))
}

/** Makes the store. `open` migrates its tables and starts to listen for notices. */
export function createPostgresStore(database: Database, notices: Notices): PostgresStore {
  const projects = new ProjectTable(database, notices)
  return {
    projects,
    open: async () => {
      await migrate(database)
      // Before this master takes its name: of several that start at once after a restore, the first renews it.
      if (!(await isAnyNameHeld(database, notices.name.node))) await renewEpoch(database)
      await notices.start()
    },
    close: async () => {
      await notices.stop()
      await database.close()
    },
    ...makeVerbs(database, projects),
  }
}

function makeVerbs(database: Sql, projects: ProjectTable): Omit<Store, 'open' | 'close'> {
  return {
    checkWritable: async () => {
      await database.transaction((client) =>
        client.query(
          `INSERT INTO meta (name, value) VALUES ('written_at', now()::text)
           ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        ),
      )
    },
    epoch: () => readEpoch(database),
    ...createAccounts(database),

    listProjects: () => projects.list(),
    findProject: (id) => projects.find(id),
    findProjectByKey: (key) => projects.findByKey(key),
    addProject: (project) => projects.add(project),
    updateProject: (key, change) => projects.update(key, change),
    removeProject: (key) => projects.remove(key),

    saveRun: (key, run, history) => database.transaction((client) => writeRun(client, key, run, history)),
    addRuns: (key, runs) => database.transaction((client) => addRuns(client, key, runs)),
    findRun: (run) => findRun(database, run),
    listRunNumbers: (key) => listRunNumbers(database, key),
    listRuns: (filter) => listRuns(database, filter),

    ...createAuditTable(database),
  }
}
