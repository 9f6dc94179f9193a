// The kinds of documents that the embedded store writes, and their paths.

import path from 'node:path'
import Type from 'typebox'
import { AuditEntry } from '../../shared/schemas/audit.ts'
import { StoredProject } from '../../shared/schemas/project.ts'
import { Run } from '../../shared/schemas/run.ts'
import { StoredSlave } from '../../shared/schemas/slave.ts'
import { StoredToken } from '../../shared/schemas/token.ts'
import { StoredUser } from '../../shared/schemas/user.ts'
import { documentKind } from '../../shared/store/document.ts'

/** The default MASTER_NODE, which older documents get: they come from before masters had names. */
const FIRST_NODE = 'main'

/** Users, tokens and slaves: few and small. */
export const ClusterDocument = documentKind({
  name: 'cluster document',
  version: 2,
  // 2: a slave may pull from another one.
  migrations: {
    1: (data) => {
      const cluster = Object(data) as { slaves: object[] }
      return { ...cluster, slaves: cluster.slaves.map((slave) => ({ ...slave, upstream: null })) }
    },
  },
  schema: Type.Object({
    users: Type.Array(StoredUser),
    tokens: Type.Array(StoredToken),
    slaves: Type.Array(StoredSlave),
  }),
})

/** The epoch of the store, of its last start. */
export const EpochDocument = documentKind({
  name: 'epoch',
  version: 1,
  schema: Type.Object({ epoch: Type.Integer() }),
})

/** One project. */
export const ProjectDocument = documentKind({
  name: 'project document',
  version: 3,
  schema: StoredProject,
  // 2: generations have tags. Older ones have none, so a slow sync brings every slave up to date. 3: projects belong to a
  // master.
  migrations: {
    1: (data) => ({
      ...Object(data),
      publish_quorum: null,
      publish_timeout_s: null,
      tag: null,
      anchors: {},
      published: null,
    }),
    2: (data) => ({ ...Object(data), node: FIRST_NODE, lead: null, stuck: null }),
  },
})

const withDrift = (run: object) => ({
  ...run,
  slaves: (run as { slaves: object[] }).slaves.map((slave) => ({ ...slave, drift: null })),
})
const withNode = (run: object) => ({ ...run, node: FIRST_NODE })

/** One run, in the log of its project's runs. */
export const RunRecord = documentKind({ name: 'run', version: 3, schema: Run })

/** The runs of one project, oldest first, as they were stored before they had a log. */
export const RunsDocument = documentKind({
  name: 'runs document',
  version: 3,
  schema: Type.Array(Run),
  // 2: slaves report drift. 3: runs name their master.
  migrations: {
    1: (data) => (data as object[]).map(withDrift),
    2: (data) => (data as object[]).map(withNode),
  },
})

/** One entry of the audit list, in its log. */
export const AuditRecord = documentKind({ name: 'audit entry', version: 1, schema: AuditEntry })

/** The paths of the documents below the store's folder. */
export const locate = {
  cluster: (folder: string): string => path.join(folder, 'cluster.json'),
  audit: (folder: string): string => path.join(folder, 'audit.jsonl'),
  epoch: (folder: string): string => path.join(folder, 'epoch.json'),
  projects: (folder: string): string => path.join(folder, 'projects'),
  project: (folder: string, key: string): string => path.join(folder, 'projects', `${key}.json`),
  runs: (folder: string, key: string): string => path.join(folder, 'runs', `${key}.jsonl`),
  oldRuns: (folder: string, key: string): string => path.join(folder, 'runs', `${key}.json`),
}
