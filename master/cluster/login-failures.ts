// Counts failed log-ins in the database, for all masters together.

import type { FailureCounts } from '../../shared/flow/failure-counts.ts'
import type { Database } from '../store/postgres/database.ts'

export function createLoginFailures(database: Database): FailureCounts {
  return {
    // One statement looks and takes, so that no two requests take the last one. An expired count begins anew.
    take: async (bucket, { max, windowMs }) => {
      const taken = await database.query(
        `INSERT INTO login_failure (bucket, failures, ends_at)
        VALUES ($1, 1, now() + make_interval(secs => $2))
        ON CONFLICT (bucket) DO UPDATE SET
          failures = CASE WHEN login_failure.ends_at > now() THEN login_failure.failures + 1 ELSE 1 END,
          ends_at = CASE WHEN login_failure.ends_at > now() THEN login_failure.ends_at ELSE excluded.ends_at END
        WHERE login_failure.failures < $3 OR login_failure.ends_at <= now()
        RETURNING bucket`,
        [bucket, windowMs / 1000, max],
      )
      if (taken.length > 0) return null
      const [left] = await database.query<{ ms: number }>(
        'SELECT (extract(epoch FROM ends_at - now()) * 1000)::integer AS ms FROM login_failure WHERE bucket = $1',
        [bucket],
      )
      return Math.max(0, left?.ms ?? 0)
    },
    giveBack: async (bucket) => {
      await database.query(
        'UPDATE login_failure SET failures = greatest(failures - 1, 0) WHERE bucket = $1 AND ends_at > now() RETURNING bucket',
        [bucket],
      )
    },
  }
}
