// Asks a project's own command whether a run may begin.

import type { StoredProject } from '../../shared/schemas/project.ts'
import { type HookCall, type HookDeps, runHook } from './run-hook.ts'

interface Asked extends Pick<HookCall, 'writeLine'> {
  project: Pick<StoredProject, 'hooks'>
  active: Pick<HookCall, 'run' | 'signal'> & { request: { dryRun: boolean } }
}

/** Why it may not, as a sentence; null when it may. A dry run changes nothing, and asks nobody. */
export async function askBefore(deps: HookDeps, { project, active, writeLine }: Asked): Promise<string | null> {
  const command = project.hooks?.before
  if (command === undefined || active.request.dryRun) return null
  const { run, signal } = active
  return runHook(deps, { time: 'before', command, run, signal, writeLine })
}
