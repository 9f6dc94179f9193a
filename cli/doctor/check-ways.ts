// Judges whether slaves reach their master, by what they say themselves. Pure.

import type { SlaveView } from '../../shared/schemas/slave.ts'
import { showAgo } from '../../shared/words.ts'
import { type Finding, fault, ok } from './finding.ts'

/** Slaves of earlier versions do not say, and one that is down says nothing new. */
export function checkWays(slaves: readonly SlaveView[]): Finding[] {
  return slaves.flatMap(({ id, state, to_master }) => {
    if (state === 'down' || to_master === null || to_master === undefined) return []
    const about = `slave ${id}`
    const { at, url, api, rsyncd } = to_master
    if (api === null && rsyncd === null) return [ok(about, `reaches its master, as it found ${showAgo(at)}`)]
    const problems: Finding[] = []
    if (api !== null)
      problems.push(fault(about, `cannot report to its master at ${url}: ${api}`, adviceOnApi(id, url, api)))
    if (rsyncd !== null)
      problems.push(
        fault(
          about,
          `cannot pull from its master: ${rsyncd}`,
          'On the slave, set MASTER_HOSTNAME and MASTER_RSYNCD_PORT as on the master, and restart it. That port must be open between them.',
        ),
      )
    return problems
  })
}

function adviceOnApi(id: string, url: string, api: string): string {
  if (api.includes(' refuses: '))
    return `Run \`mirrorfleet slave token ${id}\`, set what it prints on the slave, see that MASTER_URL there is this master's, and restart it.`
  return `On the slave, set MASTER_URL to the address of this master, and restart it. There \`curl ${url}/healthz\` must answer.`
}
