// Lists the names that may stand in a place of the command line, from the master and from the saved log-ins.

import type { Api } from '../../shared/api/client.ts'
import { hasEnded } from '../../shared/schemas/run-state.ts'
import { showAgo, showScope, showState } from '../../shared/words.ts'
import { readLogins } from '../saved-login.ts'
import type { NameKind } from './kinds.ts'

export interface Name {
  value: string
  /** What a shell shows beside it. */
  about?: string
}

/** `given` are the arguments before the one that is being typed. */
export interface Asked {
  typed: string
  given: readonly string[]
  env: NodeJS.ProcessEnv
  /** Rejects when no log-in is at hand. */
  connect: () => Promise<Api>
}

/** Enough to choose from. */
const NEWEST = 50
const ACTIVE = ['publishing', 'fanning_out', 'syncing', 'queued'] as const

const LISTS: Readonly<Record<NameKind, (asked: Asked) => Promise<readonly Name[]>>> = {
  project: async ({ connect }) => projectNames(await connect()),
  run: runNames,
  activeRun: activeRunNames,
  slave: async ({ connect }) =>
    (await (await connect()).get('/list_slaves')).map(({ id, state }) => ({ value: id, about: state })),
  slavePort: async ({ connect, given }) =>
    (await (await connect()).get('/list_slaves'))
      .filter(({ hostname }) => hostname === given[0])
      .map(({ port }) => ({ value: String(port) })),
  user: async ({ connect }) =>
    (await (await connect()).get('/list_users')).map(({ username, role }) => ({ value: username, about: role })),
  token: async ({ connect }) =>
    (await (await connect()).get('/list_tokens')).map(({ token_id, username, label, scope }) => ({
      value: token_id,
      about: `${username}: ${label ?? showScope(scope)}`,
    })),
  context: async ({ env }) => readLogins(env).logins.map(({ name, url }) => ({ value: name, about: url })),
  address: async ({ env }) => readLogins(env).logins.map(({ name, url }) => ({ value: url, about: name })),
  master: async ({ connect }) => [
    ...(await (await connect()).get('/list_masters')).map(({ node, state }) => ({ value: node, about: state })),
    { value: 'any' },
  ],
  generation: async ({ connect, given: [id = ''] }) =>
    (await (await connect()).get('/list_generations', { query: { id } })).flatMap(({ generation, published_at }) =>
      generation === null ? [] : [{ value: String(generation), about: showAgo(published_at) }],
    ),
  timezone: async () => Intl.supportedValuesOf('timeZone').map((value) => ({ value })),
}

/** All names of a kind, in the order in which they are to be shown. */
export function listNames(kind: NameKind, asked: Asked): Promise<readonly Name[]> {
  return LISTS[kind](asked)
}

async function projectNames(api: Api): Promise<Name[]> {
  const projects = await api.get('/list_projects')
  return projects.map(({ id, last_run }) => ({
    value: id,
    about: last_run === null ? 'never synced' : showState(last_run.state),
  }))
}

/** The newest runs, and the projects: each stands for its newest run. */
async function runNames({ connect, typed }: Asked): Promise<Name[]> {
  const api = await connect()
  const [projects, newest] = await Promise.all([projectNames(api), api.get('/list_runs', { query: { limit: NEWEST } })])
  // Those of a project that has begun to be typed may be older than all of these.
  const owner = projects.find(({ value }) => typed.startsWith(`${value}-`))
  const own = owner === undefined ? newest : await api.get('/list_runs', { query: { id: owner.value, limit: NEWEST } })
  const runs = own.map(({ run, state, queued_at }) => ({
    value: run,
    about: `${showState(state)}, ${showAgo(queued_at)}`,
  }))
  return [...runs, ...projects]
}

async function activeRunNames({ connect }: Asked): Promise<Name[]> {
  const api = await connect()
  const found = await Promise.all(ACTIVE.map((state) => api.get('/list_runs', { query: { state, limit: NEWEST } })))
  // A run may have moved on between two answers.
  const runs = [...new Map(found.flat().map((run) => [run.run, run])).values()].filter(({ state }) => !hasEnded(state))
  const newestFirst = runs.sort((one, other) => (one.queued_at < other.queued_at ? 1 : -1))
  return [
    ...newestFirst.map(({ run, state }) => ({ value: run, about: showState(state) })),
    ...[...new Set(newestFirst.map(({ id }) => id))].map((value) => ({ value })),
  ]
}
