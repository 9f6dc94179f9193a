// Users, tokens and slaves in PostgreSQL.

import type { PoolClient } from 'pg'
import { LastRoot, SlaveNotFound, UserExists, UserNotFound } from '../../../shared/errors.ts'
import type { StoredSlave } from '../../../shared/schemas/slave.ts'
import type { StoredToken } from '../../../shared/schemas/token.ts'
import type { StoredUser } from '../../../shared/schemas/user.ts'
import type { Store } from '../store.ts'
import { brokenConstraint, type Sql } from './database.ts'

type Accounts = Pick<
  Store,
  | 'listUsers'
  | 'findUser'
  | 'addUser'
  | 'updateUser'
  | 'removeUser'
  | 'listTokens'
  | 'findToken'
  | 'addToken'
  | 'noteTokenUses'
  | 'removeTokens'
  | 'listSlaves'
  | 'addSlave'
  | 'updateSlave'
  | 'removeSlave'
>

/** Later than any time that is compared with it. */
const NEVER = '9999-12-31T23:59:59.999Z'

interface Kept<T> {
  data: T
}

export function createAccounts(database: Sql): Accounts {
  const list = async <T>(sql: string, values: unknown[] = []): Promise<T[]> =>
    (await database.query<Kept<T>>(sql, values)).map(({ data }) => data)
  const find = async <T>(sql: string, value: string): Promise<T | null> => (await list<T>(sql, [value]))[0] ?? null

  return {
    listUsers: () => list<StoredUser>(`SELECT data FROM account ORDER BY data->>'created_at', username`),
    findUser: (username) => find<StoredUser>('SELECT data FROM account WHERE username = $1', username),
    addUser: (user) =>
      database
        .transaction(async (client) => {
          await client.query('INSERT INTO account (username, data) VALUES ($1, $2)', [user.username, user])
        })
        .catch((error) => {
          throw brokenConstraint(error) === null ? error : new UserExists(user.username)
        }),
    updateUser: (username, change) =>
      database.transaction(async (client) => {
        const users = await lockUsers(client)
        const user = users.find((one) => one.username === username)
        if (user === undefined) throw new UserNotFound(username)
        const updated = { ...user, ...change }
        assertRootLeft(users.map((one) => (one === user ? updated : one)))
        await client.query('UPDATE account SET data = $2 WHERE username = $1', [username, updated])
        return updated
      }),
    removeUser: (username) =>
      database.transaction(async (client) => {
        const users = await lockUsers(client)
        const others = users.filter((one) => one.username !== username)
        if (others.length === users.length) throw new UserNotFound(username)
        assertRootLeft(others)
        await client.query('DELETE FROM account WHERE username = $1', [username])
      }),

    listTokens: () => list<StoredToken>(`SELECT data FROM token ORDER BY data->>'created_at', token_id`),
    findToken: async (sha256) => {
      const [found] = await database.query<{ token: StoredToken; owner: StoredUser }>(
        'SELECT token.data AS token, account.data AS owner FROM token JOIN account USING (username) WHERE sha256 = $1',
        [sha256],
      )
      return found === undefined ? null : { token: found.token, user: found.owner }
    },
    addToken: (token, now) =>
      database.transaction(async (client) => {
        await client.query('DELETE FROM token WHERE expires_at <= $1', [now])
        await client.query(
          'INSERT INTO token (token_id, sha256, username, expires_at, data) VALUES ($1, $2, $3, $4, $5)',
          [token.token_id, token.sha256, token.username, token.expires_at ?? NEVER, token],
        )
      }),
    noteTokenUses: (uses) =>
      database.transaction(async (client) => {
        // In one order, so that two masters do not wait for each other.
        for (const [id, at] of [...uses].sort()) {
          await client.query(
            `UPDATE token SET data = (data::jsonb || jsonb_build_object('last_used_at', $2::text))::json
             WHERE token_id = $1 AND coalesce(data->>'last_used_at', '') < $2`,
            [id, at],
          )
        }
      }),
    removeTokens: ({ username, token_id }) =>
      database.transaction(async (client) => {
        const { rowCount } = await client.query(
          'DELETE FROM token WHERE username = coalesce($1, username) AND token_id = coalesce($2, token_id)',
          [username ?? null, token_id ?? null],
        )
        return rowCount ?? 0
      }),

    listSlaves: () => list<StoredSlave>('SELECT data FROM slave ORDER BY created_at, id'),
    addSlave: (slave) =>
      database.transaction(async (client) => {
        const { rowCount } = await client.query(
          'INSERT INTO slave (id, created_at, data) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
          [slave.id, slave.created_at, slave],
        )
        if (rowCount === 1) return null
        const { rows } = await client.query<Kept<StoredSlave>>('SELECT data FROM slave WHERE id = $1', [slave.id])
        return rows[0]?.data ?? null
      }),
    updateSlave: (id, change) =>
      database.transaction(async (client) => {
        const { rows } = await client.query<Kept<StoredSlave>>('SELECT data FROM slave WHERE id = $1 FOR UPDATE', [id])
        if (rows[0] === undefined) throw new SlaveNotFound(id)
        await client.query('UPDATE slave SET data = $2 WHERE id = $1', [id, change(rows[0].data)])
      }),
    removeSlave: (id) =>
      database.transaction(async (client) => {
        const { rowCount } = await client.query('DELETE FROM slave WHERE id = $1', [id])
        if (rowCount === 0) throw new SlaveNotFound(id)
      }),
  }
}

/** Locks all users, so that two users with the role root cannot remove each other at the same time. */
async function lockUsers(client: PoolClient): Promise<StoredUser[]> {
  const { rows } = await client.query<Kept<StoredUser>>('SELECT data FROM account ORDER BY username FOR UPDATE')
  return rows.map(({ data }) => data)
}

function assertRootLeft(users: readonly StoredUser[]): void {
  if (!users.some((user) => user.role === 'root')) throw new LastRoot()
}
