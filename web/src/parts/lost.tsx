// What the pages say while the connection to the master is lost.

import type { LostConnection } from '../fleet.ts'
import { formatDuration, formatSince } from '../format.ts'
import { Icon } from './icon.tsx'

/** Above every page. What counts down is no part of the alert, which would be read out each second. */
export function Lost({ lost }: { lost: LostConnection }) {
  const left = Math.ceil((lost.nextTry - Date.now()) / 1000)
  return (
    <div class="note s-failed">
      <Icon name="failed" />
      <p>
        <span role="alert">
          The connection to the master is lost. What you see is from {formatSince(new Date(lost.since).toISOString())}.
        </span>{' '}
        {left > 0 ? `Trying again in ${formatDuration(left)}.` : 'Trying again …'}
      </p>
      <button type="button" class="b s" onClick={lost.tryNow}>
        Try now
      </button>
    </div>
  )
}

/** Stands where something has not been read yet. */
export function NotYet({ lost }: { lost: LostConnection | null }) {
  return <p class="in muted">{lost === null ? 'Loading …' : 'Not known: the connection to the master is lost.'}</p>
}
