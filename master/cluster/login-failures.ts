// Counts failed log-ins in the database, for all masters together: a store for @fastify/rate-limit.

import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
import type { Database } from '../store/postgres/database.ts'

interface Row {
  failures: number
  left_ms: number
}

type Callback = Parameters<FastifyRateLimitStore['incr']>[1]

/** Makes the class that the plugin instantiates. An expired count is reset when its key comes again. */
export function createLoginFailures(database: Database): FastifyRateLimitStoreCtor {
  const answer = (asked: Promise<Row[]>, windowMs: number, callback: Callback): void => {
    asked.then(
      ([row]) => callback(null, { current: row?.failures ?? 0, ttl: row?.left_ms ?? windowMs }),
      (error) => callback(error),
    )
  }
  const left = 'failures, (extract(epoch FROM ends_at - now()) * 1000)::integer AS left_ms'

  return class LoginFailures implements FastifyRateLimitStore {
    incr(key: string, callback: Callback, windowMs = 60_000): void {
      const sql = `INSERT INTO login_failure (bucket, failures, ends_at)
        VALUES ($1, 1, now() + make_interval(secs => $2))
        ON CONFLICT (bucket) DO UPDATE SET
          failures = CASE WHEN login_failure.ends_at > now() THEN login_failure.failures + 1 ELSE 1 END,
          ends_at = CASE WHEN login_failure.ends_at > now() THEN login_failure.ends_at ELSE excluded.ends_at END
        RETURNING ${left}`
      answer(database.query<Row>(sql, [key, windowMs / 1000]), windowMs, callback)
    }
    read(key: string, callback: Callback, windowMs = 60_000): void {
      const sql = `SELECT ${left} FROM login_failure WHERE bucket = $1 AND ends_at > now()`
      answer(database.query<Row>(sql, [key]), windowMs, callback)
    }
    child(): FastifyRateLimitStore {
      return this
    }
  }
}
