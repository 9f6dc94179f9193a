// Has the master look at the upstreams of projects: whether each host answers, has the modules, and takes the log-ins.

import type { Api } from '../../shared/api/client.ts'
import { ApiError } from '../../shared/api/errors.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { TestUpstream, UpstreamSeen } from '../../shared/schemas/upstream-test.ts'
import { type Finding, ok, warning } from './finding.ts'
import { judgeHost, judgeTarget, nameOfHost } from './judge-upstream.ts'
import { type Target, type UpstreamHost, upstreamHosts } from './upstream-hosts.ts'

/** `unknown` when it could not be asked. */
type Seen = Pick<UpstreamSeen, 'error'> | 'unknown'

export interface UpstreamChecks {
  api: Pick<Api, 'post'>
  projects: readonly ProjectView[]
  /** Told how many hosts were looked at. */
  onProgress: (done: number, of: number) => void
}

/** Each look of the master takes 20 seconds at most. */
const AT_ONCE = 4
/** After so long nothing more is asked. */
const LIMIT_MS = 60_000
/** A host is asked so often, and no more; for other modules its list of them stands. */
const MOST_LOOKS = 20

/** Nothing when the user may not ask. */
export async function checkUpstreams({ api, projects, onProgress }: UpstreamChecks): Promise<Finding[]> {
  const hosts = upstreamHosts(projects)
  const giveUp = performance.now() + LIMIT_MS
  const isLate = () => performance.now() > giveUp
  const findings: Finding[] = []
  const waiting = [...hosts]
  let done = 0
  const work = async (): Promise<void> => {
    for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) {
      if (isLate()) return void waiting.unshift(host)
      findings.push(...(await checkHost(api, host, isLate)))
      onProgress(++done, hosts.length)
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  } catch (error) {
    if (isForbidden(error)) return []
    throw error
  }
  if (waiting.length === 0) return findings
  const names = waiting.map(nameOfHost).join(', ')
  return [
    ...findings,
    warning(
      'upstreams',
      `there was no time to look at ${names}`,
      'Run `mirrorfleet doctor` again when the others answer.',
    ),
  ]
}

async function checkHost(api: Pick<Api, 'post'>, host: UpstreamHost, isLate: () => boolean): Promise<Finding[]> {
  const { rsync_host, rsync_port, targets } = host
  const { modules, error } = await api.post('/test_upstream', { body: { rsync_host, rsync_port } })
  if (error !== null) return [judgeHost(host, error.message)]
  const findings: Finding[] = []
  const known = new Map<string, Seen>()
  let good = 0
  for (const target of targets) {
    const key = JSON.stringify(questionOf(target))
    const mayAsk = known.has(key) || (known.size < MOST_LOOKS && !isLate())
    const seen = mayAsk ? (known.get(key) ?? (await lookAt(api, target))) : fromList(target, modules)
    if (mayAsk) known.set(key, seen)
    if (seen === 'unknown') continue
    if (seen.error === null) good++
    else findings.push(judgeTarget(target, seen.error.message))
  }
  if (good === 0) return findings
  return [...findings, ok(`upstream ${nameOfHost(host)}`, `answers, and has what ${countProjects(good)}`)]
}

function countProjects(count: number): string {
  return count === 1 ? 'one project pulls' : `${count} projects pull`
}

/** With a password, the master asks by the one that it keeps. */
function questionOf({
  id,
  number,
  rsync_host,
  rsync_port,
  rsync_module,
  rsync_user,
  has_password,
}: Target): TestUpstream {
  return has_password ? { id, upstream: number } : { rsync_host, rsync_port, rsync_module, rsync_user }
}

async function lookAt(api: Pick<Api, 'post'>, target: Target): Promise<Seen> {
  return api.post('/test_upstream', { body: questionOf(target) }).catch((error: unknown) => {
    // Another's project; or the master is of an earlier version, which knows no projects here.
    if (target.has_password && error instanceof ApiError && (isForbidden(error) || error.status === 400))
      return 'unknown'
    throw error
  })
}

/** A daemon need not list a module that it has. */
function fromList({ rsync_module }: Target, modules: readonly string[] | null): Seen {
  const [module = ''] = rsync_module.replace(/^\/+/, '').split('/')
  return modules?.includes(module) ? { error: null } : 'unknown'
}

function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403
}
