// Where projects belong among the masters: interface, with one implementation for a master alone and one for several.

import type { MasterView } from '../shared/schemas/master.ts'
import type { SyncFromMaster } from '../shared/schemas/messages.ts'
import type { StoredProject } from '../shared/schemas/project.ts'
import type { Run } from '../shared/schemas/run.ts'

/** Where a project belongs, and who leads it. */
export type Placement = Pick<StoredProject, 'node' | 'lead' | 'stuck'>

export interface Topology {
  /** The name of this master. */
  node: string
  /** The placement of a project that asks for a node. @throws {InvalidInput} when there is no such master. */
  placement: (node: string | undefined, before: Placement | null) => Placement
  /** Whether this master leads a project: it executes its runs. */
  isLead: (project: Pick<StoredProject, 'lead'>) => boolean
  /** Whether a project's folder lies on a disk that this master sees. */
  seesDisk: (project: Pick<StoredProject, 'lead' | 'node'>) => boolean
  /** The master that must do what needs its disk; null for this one. @throws {MasterDown} */
  otherMaster: (
    wanted: { project: Pick<StoredProject, 'lead' | 'node'> } | { run: Run },
  ) => Pick<MasterView, 'node' | 'url'> | null
  /** Where slaves find this master, when their own settings do not say; null when they do. */
  address: SyncFromMaster['master']
  listMasters: () => Promise<MasterView[]>
  /** Why this master may begin nothing; null when it may. */
  problem: () => string | null
}
