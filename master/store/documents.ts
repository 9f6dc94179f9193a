// The kinds of documents that the embedded store writes, and where they lie.

import path from 'node:path'
import Type from 'typebox'
import { StoredProject } from '../../shared/schemas/project.ts'
import { Run } from '../../shared/schemas/run.ts'
import { StoredSlave } from '../../shared/schemas/slave.ts'
import { StoredToken, StoredUser } from '../../shared/schemas/user.ts'
import { documentKind } from '../../shared/store/document.ts'

/** Users, tokens and slaves: few and small. */
export const ClusterDocument = documentKind({
  name: 'cluster document',
  version: 1,
  schema: Type.Object({
    users: Type.Array(StoredUser),
    tokens: Type.Array(StoredToken),
    slaves: Type.Array(StoredSlave),
  }),
})

/** One project. */
export const ProjectDocument = documentKind({ name: 'project document', version: 1, schema: StoredProject })

/** The runs of one project, oldest first. */
export const RunsDocument = documentKind({ name: 'runs document', version: 1, schema: Type.Array(Run) })

/** Where the store keeps what, below its folder. */
export const locate = {
  cluster: (folder: string): string => path.join(folder, 'cluster.json'),
  projects: (folder: string): string => path.join(folder, 'projects'),
  project: (folder: string, key: string): string => path.join(folder, 'projects', `${key}.json`),
  runs: (folder: string, key: string): string => path.join(folder, 'runs', `${key}.json`),
}
