// What the stages may do with the run that they carry out.

import type { JobTarget } from '../../shared/schemas/messages.ts'
import type { Run, RunState, SlaveStage } from '../../shared/schemas/run.ts'
import type { RunRequest } from '../records/run.ts'

export interface RunHandle {
  /** The project's key. */
  readonly key: string
  /** What is asked for; until the run has started, further requests may join it. */
  readonly request: RunRequest
  /** The run as it is stored. */
  readonly run: Run
  readonly signal: AbortSignal
  /** What each slave may ask for: the names that changed since its anchor, as it gets them. By the slave's id. */
  readonly changeLists: Map<string, Buffer>
  /** What each slave that was told is to reach. By the slave's id. */
  readonly targets: Map<string, JobTarget>
  /** Where the tree lies on a slave that has answered, for those that pull from it. By the slave's id. */
  readonly sources: Map<string, string>
  /**
   * Applies a pure change; resolves when it is stored and told. Changes that come during a write share the next one.
   *
   * @throws what `change` throws, above all for an illegal move; nothing has changed then.
   */
  change: (change: (run: Run) => Run) => Promise<void>
  /** Applies the change with which a sync starts, and takes over what the requests that joined it have asked for. */
  start: (change: (run: Run) => Run) => Promise<void>
  /** Shows what is not worth a write, such as progress: it is told, and stored with the next change. */
  show: (change: (run: Run) => Run) => void
  /** Moves the run to a state, with what else changes. @throws {Error} for an illegal move. */
  move: (to: RunState, patch?: (run: Run) => Partial<Run>) => Promise<void>
  /** Moves a slave's part of the run. @throws {Error} for an illegal move or a slave that has no part in it. */
  moveSlave: (slaveId: string, to: SlaveStage['state'], patch?: Partial<SlaveStage>) => Promise<void>
  /** Resolves when the slave's part has come to an end, or waits to be published. */
  slaveAnswered: (slaveId: string) => Promise<void>
}
