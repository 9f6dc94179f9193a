// What both nodes do before they start: check the installed rsync, and end what an earlier process left running.

import { type ChildRegistry, killLeftovers } from '../process/child-registry.ts'
import { assertRsyncVersion, EXPOSED, isExposed } from '../rsync/version.ts'
import type { NodeLogger } from './logger.ts'

/** `childFolder` is the folder of `children`'s records. @throws {Error} when rsync is missing or too old. */
export async function prepareNode(options: {
  bin: string
  home: string
  children: ChildRegistry
  childFolder: string
  logger: NodeLogger
}): Promise<void> {
  const { childFolder, logger, ...rsync } = options
  const version = await assertRsyncVersion(rsync)
  if (isExposed(version)) logger.warn(EXPOSED, { rsync: version.join('.') })
  const killed = await killLeftovers(childFolder)
  if (killed.length > 0)
    logger.warn('ended processes that an earlier start of this node left running', { pids: killed })
}
