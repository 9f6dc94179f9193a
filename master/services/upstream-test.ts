// Looks at an upstream for somebody who is about to add it, or who looks for what is wrong: is it there, and what is in it?

import { randomUUID } from 'node:crypto'
import type { Settings } from '../../settings.ts'
import { atField, InvalidInput } from '../../shared/errors.ts'
import { LimitedQueue } from '../../shared/flow/limited-queue.ts'
import type { ChildRegistry } from '../../shared/process/child-registry.ts'
import { type Listed, type ListQuestion, listUpstream } from '../../shared/rsync/list-upstream.ts'
import { addressFamily } from '../../shared/rsync/options.ts'
import { assertHost, assertModule } from '../../shared/rsync/source.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { Source } from '../../shared/schemas/source.ts'
import type { TestUpstream, UpstreamSeen } from '../../shared/schemas/upstream-test.ts'
import { sourceOf } from '../../shared/source-of.ts'
import { recognizeLayout } from '../layouts/layouts.ts'
import { waysOf } from '../records/ways.ts'
import { SourceFailed } from '../sources/source-failed.ts'
import { filledSourceOf } from '../sources/sources.ts'
import { connectTo } from '../stages/upstream/connection.ts'
import { passwordOf, upstreamOf } from '../stages/upstream/source.ts'
import type { SecretBox } from '../store/secret-box.ts'
import type { Identity } from '../users/roles.ts'
import { lookAtSource } from './look-at-source.ts'
import type { ProjectService } from './project-service.ts'

export interface UpstreamTestDeps {
  settings: Settings
  children: ChildRegistry
  /** An empty folder that is the home of the programs that are started. */
  home: string
  box: SecretBox
  projects: Pick<ProjectService, 'findManaged'>
}

/** Each is a program of its own; and nobody should knock at many ports of a host in a moment. */
const AT_ONCE = 4
/** A person waits for the answer. */
const PATIENCE_S = 20
const DEFAULT_RSYNC_PORT = 873
/** Nobody reads more of them. */
const MOST_ENTRIES = 1_000
const NO_LOG = { writeLine: () => {}, finish: () => {}, follow: () => () => {} }
const NOTHING_SEEN = { reachable: false, modules: null, entries: null, layout: null, probe: null } as const

/**
 * The sources of a user with the role root may reach any address. Only who manages a project may ask with its password.
 *
 * @throws {InvalidInput} that names the field. @throws as `findManaged` for a project.
 */
export type UpstreamTest = (asked: TestUpstream, by: Identity) => Promise<UpstreamSeen>

export function createUpstreamTest(deps: UpstreamTestDeps): UpstreamTest {
  const { settings, children, home, projects } = deps
  const tools = { bin: settings.RSYNC_BIN, home, children, ioTimeoutS: PATIENCE_S, timeoutS: PATIENCE_S }
  const turns = new LimitedQueue({ limit: AT_ONCE, perKey: 1 })
  const list = async (question: Omit<ListQuestion, 'signal'>): Promise<UpstreamSeen> => {
    const found = await listUpstream(tools, { ...question, signal: never })
    if (found.error !== null) return unreachable(found.error)
    return { ...NOTHING_SEEN, reachable: true, ...guess(found.entries), modules: found.modules, error: null }
  }
  const lookElsewhere = async (source: Source, ofRoot: boolean): Promise<UpstreamSeen> => {
    const short = { ...settings, SYNC_TIMEOUT_S: PATIENCE_S, RSYNC_IO_TIMEOUT_S: PATIENCE_S }
    try {
      const found = await lookAtSource(source, { settings: short, children, home, signal: never, log: NO_LOG, ofRoot })
      const isTree = found.every(({ kind }) => kind !== 'ref')
      const entries = found.slice(0, MOST_ENTRIES)
      return { ...NOTHING_SEEN, reachable: true, entries, layout: isTree ? layoutOf(found).name : null, error: null }
    } catch (error) {
      if (error instanceof SourceFailed) return unreachable(error.message)
      throw error
    }
  }
  const look = async (asked: TestUpstream, ofRoot: boolean): Promise<UpstreamSeen> => {
    if (asked.source !== undefined && asked.source.kind !== 'rsync') return lookElsewhere(asked.source, ofRoot)
    const { rsync_host: host = '', rsync_module: path = '', rsync_port: port = DEFAULT_RSYNC_PORT } = asked
    if (host === '') throw atField(new InvalidInput('rsync_host: is missing'), 'rsync_host')
    assertHost(host)
    if (path !== '') assertModule(path)
    const from = { user: asked.rsync_user ?? null, host, port, path }
    return list({ source: from, password: asked.rsync_password || null })
  }
  const inTurn = (host: string, work: () => Promise<UpstreamSeen>): Promise<UpstreamSeen> =>
    turns.run({ id: randomUUID(), key: host.toLowerCase(), priority: 0, signal: never }, work)

  const lookForProject = async (id: string, asked: TestUpstream, by: Identity): Promise<UpstreamSeen> => {
    const found = await projects.findManaged(by, id)
    const project = wayOf(found, asked)
    const source = upstreamOf(project)
    return inTurn(source.host, () =>
      list({
        source,
        password: passwordOf(deps, project),
        connect: connectTo(deps, project),
        family: addressFamily(project.rsync_options),
      }),
    )
  }

  return async (asked, by) => {
    const { id, source, rsync_host = '' } = asked
    if (id !== undefined) return lookForProject(id, asked, by)
    if (asked.upstream !== undefined)
      throw atField(new InvalidInput('upstream: is one of a project; give its id too'), 'upstream')
    const host = filledSourceOf(source === undefined ? {} : { source })?.host ?? rsync_host
    return inTurn(host, () => look(asked, by.role === 'root'))
  }
}

/** A stored password goes to no other host than its own. @throws {InvalidInput} */
function wayOf(project: StoredProject, { id: _id, upstream = 1, ...others }: TestUpstream): StoredProject {
  const [more] = Object.keys(others)
  if (more !== undefined)
    throw atField(new InvalidInput(`${more}: is not given with the id of a project, which has its own`), more)
  const { kind } = sourceOf(project)
  if (kind !== 'rsync')
    throw atField(new InvalidInput(`id: ${project.id} has a source of the kind "${kind}"; only rsync is asked`), 'id')
  const [way] = waysOf(project, upstream)
  if (way === undefined)
    throw atField(new InvalidInput(`upstream: ${project.id} has no upstream ${upstream}`), 'upstream')
  return way.project
}

const never = new AbortController().signal

function unreachable(message: string): UpstreamSeen {
  return { ...NOTHING_SEEN, error: { code: 'UPSTREAM_FAILED', message } }
}

/** What the entries at the top of a tree say of it. */
function guess(entries: Listed[] | null): Pick<UpstreamSeen, 'entries' | 'layout' | 'probe'> {
  if (entries === null) return { entries, layout: null, probe: null }
  const layout = layoutOf(entries)
  return { entries, layout: layout.name, probe: layout.probes([]).length > 0 ? 'auto' : null }
}

function layoutOf(entries: readonly { name: string }[]) {
  return recognizeLayout(new Set(entries.map(({ name }) => name)))
}
