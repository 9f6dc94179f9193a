// Completes an error about an unknown name: with the name that was probably meant, or the command that lists all of them.

import type { Api } from '../shared/api/client.ts'
import { ApiError } from '../shared/api/errors.ts'
import { didYouMean } from '../shared/nearest.ts'

interface Kind {
  word: string
  names: (api: Api) => Promise<readonly string[]>
  lists: string
}

const projectIds = async (api: Api) => (await api.get('/list_projects')).map(({ id }) => id)

const KINDS: Readonly<Record<string, Kind>> = {
  PROJECT_NOT_FOUND: { word: 'project', names: projectIds, lists: 'project list' },
  SLAVE_NOT_FOUND: {
    word: 'slave',
    names: async (api) => (await api.get('/list_slaves')).flatMap(({ id, hostname }) => [id, hostname]),
    lists: 'slave list',
  },
  // Where a run is wanted, its project may be named too.
  RUN_NOT_FOUND: { word: 'run or project', names: projectIds, lists: 'runs' },
  USER_NOT_FOUND: {
    word: 'user',
    names: async (api) => (await api.get('/list_users')).map(({ username }) => username),
    lists: 'user list',
  },
}

/** The error itself when it is of another kind, or the names cannot be read. */
export async function withNameAdvice(error: unknown, connect: () => Promise<Api>): Promise<unknown> {
  if (!(error instanceof ApiError)) return error
  const kind = KINDS[error.code]
  const name = /"([^"]*)"/.exec(error.message)?.[1]
  if (kind === undefined || name === undefined) return error
  const known = await connect()
    .then(kind.names)
    .catch(() => [])
  const advice = didYouMean(name, known) || ` \`mirrorfleet ${kind.lists}\` lists them.`
  return new ApiError(error.status, error.code, `There is no ${kind.word} "${name}".${advice}`, error.problems)
}
