// The embedded store: lowdb documents in a folder, divided so that one change never rewrites everything.

import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { LastRoot, ProjectNotFound, SlaveNotFound, UserExists, UserNotFound } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import type { StoredToken } from '../../shared/schemas/token.ts'
import type { StoredUser } from '../../shared/schemas/user.ts'
import { StoredDocument } from '../../shared/store/document.ts'
import { makePrivateFolder } from '../../shared/store/durable-file.ts'
import { AuditShelf } from './audit-shelf.ts'
import { ClusterDocument, EpochDocument, locate } from './documents.ts'
import { ProjectShelf } from './project-shelf.ts'
import { RunShelf } from './run-shelf.ts'
import { parseRunId, type RunFilter, type Store } from './store.ts'

/**
 * Makes the store with its documents in `folder` (mode 0700). Nothing is read before `open`, which begins an epoch: what was
 * put back since the last one ended is not told otherwise. `now` is in milliseconds since 1970.
 */
export function createLowdbStore(folder: string, now: () => number = Date.now): Store {
  const projects = new ProjectShelf(folder)
  const runs = new RunShelf(folder)
  const audit = new AuditShelf(folder)
  let opened: StoredDocument<typeof ClusterDocument.schema> | null = null
  let epoch = 0
  const cluster = () => {
    if (opened === null) throw new Error('The store is not open')
    return opened
  }

  return {
    open: async () => {
      await makePrivateFolder(path.join(folder, 'runs'))
      opened = await StoredDocument.open(ClusterDocument, locate.cluster(folder), { users: [], tokens: [], slaves: [] })
      await projects.open()
      await audit.open()
      const last = await StoredDocument.open(EpochDocument, locate.epoch(folder), { epoch })
      await last.update((before) => ({ epoch: Math.max(now(), before.epoch + 1) }))
      epoch = last.data.epoch
    },
    close: async () => {
      await opened?.settle()
      await projects.settle()
      await runs.settle()
      await audit.settle()
    },
    checkWritable: async () => {
      const probe = path.join(folder, '.probe')
      await writeFile(probe, 'a store that can be written', { mode: 0o600, flush: true })
      await rm(probe)
    },

    epoch: async () => epoch,

    listUsers: async () => cluster().data.users,
    findUser: async (username) => cluster().data.users.find((user) => user.username === username) ?? null,
    addUser: (user) =>
      cluster().update((data) => {
        if (data.users.some((one) => one.username === user.username)) throw new UserExists(user.username)
        return { ...data, users: [...data.users, user] }
      }),
    updateUser: async (username, change) => {
      let updated: StoredUser | undefined
      await cluster().update((data) => {
        const users = data.users.map((user) => (user.username === username ? { ...user, ...change } : user))
        updated = users.find((user) => user.username === username)
        if (updated === undefined) throw new UserNotFound(username)
        assertRootLeft(users)
        return { ...data, users }
      })
      return updated as StoredUser
    },
    removeUser: (username) =>
      cluster().update((data) => {
        const users = data.users.filter((user) => user.username !== username)
        if (users.length === data.users.length) throw new UserNotFound(username)
        assertRootLeft(users)
        return { ...data, users, tokens: data.tokens.filter((token) => token.username !== username) }
      }),

    listTokens: async () => cluster().data.tokens,
    findToken: async (sha256) => {
      const { tokens, users } = cluster().data
      const token = tokens.find((one) => one.sha256 === sha256)
      const user = users.find((one) => one.username === token?.username)
      return token === undefined || user === undefined ? null : { token, user }
    },
    addToken: (token, now) =>
      cluster().update((data) => ({
        ...data,
        tokens: [...data.tokens.filter((one) => one.expires_at === null || one.expires_at > now), token],
      })),
    noteTokenUses: (uses) =>
      cluster().update((data) => ({
        ...data,
        tokens: data.tokens.map((token) => {
          const at = uses.get(token.token_id)
          return at === undefined || at <= (token.last_used_at ?? '') ? token : { ...token, last_used_at: at }
        }),
      })),
    removeTokens: async (which) => {
      let removed = 0
      const matches = (token: StoredToken) =>
        (which.username ?? token.username) === token.username && (which.token_id ?? token.token_id) === token.token_id
      await cluster().update((data) => {
        const tokens = data.tokens.filter((token) => !matches(token))
        removed = data.tokens.length - tokens.length
        return { ...data, tokens }
      })
      return removed
    },

    listSlaves: async () => cluster().data.slaves,
    addSlave: async (slave) => {
      let present: typeof slave | null = null
      await cluster().update((data) => {
        present = data.slaves.find((one) => one.id === slave.id) ?? null
        return present === null ? { ...data, slaves: [...data.slaves, slave] } : data
      })
      return present
    },
    updateSlave: (id, change) =>
      cluster().update((data) => {
        if (!data.slaves.some((slave) => slave.id === id)) throw new SlaveNotFound(id)
        return { ...data, slaves: data.slaves.map((slave) => (slave.id === id ? change(slave) : slave)) }
      }),
    removeSlave: (id) =>
      cluster().update((data) => {
        const slaves = data.slaves.filter((slave) => slave.id !== id)
        if (slaves.length === data.slaves.length) throw new SlaveNotFound(id)
        return { ...data, slaves }
      }),

    listProjects: async () => projects.list(),
    findProject: async (id) => projects.find(id),
    findProjectByKey: async (key) => projects.findByKey(key),
    addProject: (project) => projects.add(project),
    updateProject: (key, change) => projects.update(key, change),
    removeProject: async (key) => {
      await projects.remove(key)
      await runs.remove(key)
    },

    saveRun: async (key, run, history) => {
      if (projects.findByKey(key) === null) throw new ProjectNotFound(key)
      return runs.save(key, run, history)
    },
    addRuns: (key, added) => runs.addAll(key, added),
    findRun: (run) => runs.find(run),
    listRunNumbers: async (key) => (await runs.list(key)).map(numberOf),
    listRuns: (filter) => listRuns(projects.list(), runs, filter),

    addAudit: (entries) => audit.add(entries),
    listAudit: async (filter) => audit.list(filter),
    listAuditedKeys: async (id) => audit.listKeys(id),
    tidyAudit: async (now) => audit.tidy(now),
  }
}

function assertRootLeft(users: readonly StoredUser[]): void {
  if (!users.some((user) => user.role === 'root')) throw new LastRoot()
}

/** Reads only the logs of projects that can have a run among the newest `filter.limit`. */
async function listRuns(projects: readonly StoredProject[], shelf: RunShelf, filter: RunFilter): Promise<Run[]> {
  const before = filter.before === undefined ? null : await shelf.findFrom(filter.before)
  if (filter.before !== undefined && before === null) return []
  const beforeNumber = (before && parseRunId(before.run)?.number) ?? Number.POSITIVE_INFINITY
  const isOlder = (run: Run) =>
    before === null ||
    run.queued_at < before.queued_at ||
    (run.queued_at === before.queued_at &&
      (run.id < before.id || (run.id === before.id && numberOf(run) < beforeNumber)))
  const wanted = (run: Run) => isOlder(run) && (filter.state === undefined || run.state === filter.state)

  const candidates = projects
    .filter((project) => filter.key === undefined || project.key === filter.key)
    .map((project) => ({ key: project.key, newest: project.last_queued_at }))
    .filter((candidate) => candidate.newest !== null)
    .sort((a, b) => (a.newest !== null && b.newest !== null && a.newest < b.newest ? 1 : -1))

  let found: Run[] = []
  for (const candidate of candidates) {
    const last = found.length >= filter.limit ? found.at(-1) : undefined
    if (last !== undefined && candidate.newest !== null && candidate.newest < last.queued_at) break
    found = [...found, ...(await shelf.list(candidate.key)).filter(wanted)].sort(newestFirst).slice(0, filter.limit)
  }
  return found
}

function newestFirst(a: Run, b: Run): number {
  if (a.queued_at !== b.queued_at) return a.queued_at < b.queued_at ? 1 : -1
  if (a.id !== b.id) return a.id < b.id ? 1 : -1
  return numberOf(b) - numberOf(a)
}

function numberOf(run: Run): number {
  return parseRunId(run.run)?.number ?? 0
}
