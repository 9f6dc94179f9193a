// Both hops of a project without a master or slaves around them: real rsync daemons, and the stages' own code over folders.

import path from 'node:path'
import { onTestFinished } from 'vitest'
import { withGeneration } from '../../master/records/project.ts'
import { plainRequest, type RunRequest } from '../../master/records/run.ts'
import { createChangeLists } from '../../master/stages/change-lists.ts'
import { tracesOf } from '../../master/stages/fan-out/order.ts'
import { createMasterTrees, projectFolder } from '../../master/stages/master-trees.ts'
import type { UpstreamResult } from '../../master/stages/upstream/attempt.ts'
import { makeAttempt } from '../../master/stages/upstream/upstream.ts'
import { startUpstream, type Upstream } from '../../scripts/sample/upstream.ts'
import { loadSettings } from '../../settings.ts'
import type { RunLog } from '../../shared/logs/run-log.ts'
import { openChildRegistry } from '../../shared/process/child-registry.ts'
import { fanOutOptions } from '../../shared/rsync/fan-out-options.ts'
import type { SyncFromMaster } from '../../shared/schemas/messages.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { KEPT_BY_DEFAULT } from '../../shared/schemas/project-parts.ts'
import { showSource } from '../../shared/show-source.ts'
import { makePrivateFolder } from '../../shared/store/durable-file.ts'
import { createDiskLooks } from '../../shared/trees/disk-looks.ts'
import type { PathList } from '../../shared/trees/path-list.ts'
import { ProjectTree } from '../../shared/trees/project-tree.ts'
import { isSuccess } from '../../shared/trees/source.ts'
import { createTreeTools } from '../../shared/trees/tools.ts'
import type { Anchor } from '../../shared/trees/tree-record.ts'
import { syncTree } from '../../slave/services/sync-tree.ts'
import { openTreeSource } from '../../slave/services/tree-source.ts'
import type { TreeSyncEnd } from '../../slave/services/tree-sync.ts'
import { temporaryFolder } from './folder.ts'
import { project as storedProject } from './stored.ts'

export interface Hops {
  /** What the upstream serves. */
  upstream: string
  /** What the master serves, and what the slave does. */
  master: () => string
  slave: () => string
  project: () => StoredProject
  /** Everything that was logged so far. */
  log: () => string
  /** Calls back for every further line of the log; a line that begins with `$` comes just before its rsync. */
  onLine: (listener: (line: string) => void) => void
  /** Changes the project's settings. */
  set: (change: Partial<StoredProject>) => void
  /** One attempt from the upstream; a generation that it makes is published. */
  pull: (request?: Partial<RunRequest>, number?: number) => Promise<UpstreamResult>
  /** One sync of the slave, to what the master has, by a list of the test's own if there is one; it is published. */
  fanOut: (order?: Partial<SyncFromMaster>, list?: PathList) => Promise<TreeSyncEnd>
}

export interface HopsOptions {
  project?: Partial<StoredProject>
  settings?: Readonly<Record<string, string>>
  now?: () => number
  /** Where everything is; a folder of the test's own when it is left out. */
  root?: string
  /** Lines for the upstream's module. */
  extra?: readonly string[]
}

/** Starts an upstream and the daemon that serves the master's trees; both end with the test. */
export async function startHops(options: HopsOptions = {}): Promise<Hops> {
  const root = options.root ?? temporaryFolder()
  const destRoot = path.join(root, 'mirror')
  const publicFolder = path.join(root, 'public')
  const home = path.join(root, 'home')
  await makePrivateFolder(home)
  const upstream = await startUpstream({ root: path.join(root, 'upstream'), extra: options.extra ?? [] })
  const serving = await startUpstream({ root: path.join(root, 'serving'), folder: destRoot, module: 'mirror' })
  onTestFinished(async () => {
    await upstream.stop()
    await serving.stop()
  })
  const settings = loadSettings(
    {
      DATA_DIR: path.join(root, 'data'),
      DEST_ROOT: destRoot,
      SLAVE_PUBLIC_DIR: publicFolder,
      MASTER_RSYNCD_PORT: String(serving.port),
      DISK_FLOOR_MB: '1',
      ...options.settings,
    },
    root,
  )
  const children = openChildRegistry(path.join(root, 'children'))
  const changes = createChangeLists(path.join(root, 'data', 'changes'))
  const trees = createMasterTrees(destRoot, () => {})
  const box = { open: (sealed: string) => sealed }
  const deps = {
    settings,
    children,
    home,
    box,
    changes,
    trees,
    disks: createDiskLooks(),
    now: options.now ?? Date.now,
    isOfRoot: async () => true,
    isProject: async () => false,
  }
  const lines: string[] = []
  let onLine = (_line: string): void => {}
  const writeLine = (line: string) => {
    lines.push(line)
    onLine(line)
  }
  const log: RunLog = { writeLine, finish: () => {}, follow: () => () => {} }
  let project = storedProject('p', { ...upstreamOf(upstream), dest: destRoot, ...options.project })
  let anchor: Anchor | null = null
  const { signal } = new AbortController()

  const pull: Hops['pull'] = async (given = {}, number = 1) => {
    const request: RunRequest = { ...plainRequest('explicit'), ...given }
    const target = nextAnchor(project)
    const result = await makeAttempt(deps, { project, request, target, number, signal, log, onProgress: () => {} })
    if (result.code !== null || request.dryRun) return result
    await changes.seal(project.key, target, project.tag)
    project = withGeneration(project, target, result.summary, showSource(project))
    if (project.publish === 'atomic') await (await trees.open(project)).serve(target.tag)
    return result
  }

  const fanOut: Hops['fanOut'] = async (more = {}, given) => {
    const { generation, tag } = project
    if (tag === null) throw new Error('nothing was pulled yet')
    const folder = await trees.folderOf(project, tag)
    if (folder === null) throw new Error('the tree is gone')
    const known = anchor === null ? null : await changes.between(project.key, anchor, { generation, tag }, folder)
    const list = given ?? known
    const order: SyncFromMaster = {
      run: `${project.key}-${generation}`,
      slave_id: 's:1',
      id: project.id,
      project: project.project,
      key: project.key,
      generation,
      tag,
      anchor,
      changes: list?.size ?? null,
      source: path.relative(destRoot, folder),
      upstream: null,
      downstream_hosts: [],
      master: null,
      rsync_options: project.fanout_options ?? fanOutOptions(project.rsync_options),
      checksum: false,
      publish: project.publish,
      published: null,
      keep: project.keep_generations ?? KEPT_BY_DEFAULT,
      ...(await tracesOf(settings, project, { folder, names: ['s'] })),
      ...more,
    }
    const tree = await ProjectTree.open(publicFolder, project.key, project)
    const end = await syncTree(
      {
        settings,
        source: await openTreeSource({ settings, rsyncdPassword: '', children, home }, order, tree, {
          signal,
          log,
          onProgress: () => {},
        }),
        fetchChanges: async () => list ?? new Map(),
        tools: createTreeTools({ children, home, signal }),
        needRoom: async () => {},
        writeLine: log.writeLine,
        now: Date.now,
      },
      tree,
      order,
    )
    if (!isSuccess(end.result.outcome)) return end
    if (order.publish === 'atomic') await tree.serve(tag)
    anchor = { generation, tag }
    return end
  }

  return {
    upstream: upstream.folder,
    master: () => projectFolder(destRoot, project),
    slave: () => path.join(publicFolder, project.project),
    project: () => project,
    log: () => lines.join('\n'),
    onLine: (listener) => {
      onLine = listener
    },
    set: (change) => {
      project = { ...project, ...change }
    },
    pull,
    fanOut,
  }
}

function upstreamOf({ port, module }: Upstream): Partial<StoredProject> {
  return {
    rsync_host: '127.0.0.1',
    rsync_port: port,
    rsync_module: module,
    rsync_password: null,
    rsync_options: { basic: [], defaults: ['-avH'], delete: '--delete' },
  }
}

function nextAnchor({ generation }: StoredProject): Anchor {
  return { generation: generation + 1, tag: (generation + 1).toString(16).padStart(16, '0') }
}
