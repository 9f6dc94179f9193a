// Log-ins as nodes make them, for tests that speak to a node in another one's name.

import { type Direction, deriveSlaveToken, slaveHeaders } from '../../shared/http/slave-log-in.ts'

/** The headers of a request to or from the slave `id`, for a fleet whose master has `masterToken`. */
export function logInOf(masterToken: string, id: string, direction: Direction): Record<string, string> {
  return slaveHeaders(deriveSlaveToken(masterToken, id), id, direction)
}

/** An order that no slave is to take. */
export const ORDER = {
  run: 'evil-k-1',
  slave_id: 'x',
  id: 'fedora',
  project: 'fedora',
  key: 'evil-k',
  generation: 9,
  tag: '0123456789abcdef',
  anchor: null,
  changes: null,
  source: 'fedora',
  upstream: null,
  downstream_hosts: [],
  checksum: false,
  publish: 'in_place',
  published: null,
  master: { url: 'http://127.0.0.1:9', hostname: '127.0.0.1', rsyncd_port: 9 },
  rsync_options: { basic: [], defaults: ['-a'], delete: '--delete' },
}
/** A report that no master is to believe. */
export const REPORT = {
  project: 'fedora',
  state: 'failed',
  generation: null,
  tag: null,
  method: null,
  drift: null,
  source: null,
  started_at: null,
  finished_at: '2026-01-01T00:00:00Z',
  exit_code: 12,
  summary: null,
  error: 'a lie',
  log: 'x',
}

export const askSlave = async (port: number, route: string, headers: Record<string, string>, body?: object) =>
  (
    await fetch(`http://127.0.0.1:${port}${route}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  ).status

/** The statuses of all that a master can ask of a slave. */
export const orderAll = async (port: number, headers: Record<string, string>, key: string): Promise<number[]> =>
  Promise.all([
    askSlave(port, '/jobs/', headers),
    askSlave(port, '/run_log/?run=x-1', headers),
    askSlave(port, '/sync_from_master/', headers, ORDER),
    askSlave(port, '/stop/', headers, { run: 'x-1' }),
    askSlave(port, '/publish/', headers, { ...ORDER, sequence: 1 }),
    askSlave(port, '/rename_tree/', headers, { key, id: 'evil', project: 'evil' }),
    askSlave(port, '/remove_tree/', headers, { key, project: 'fedora', purge: true }),
  ])
