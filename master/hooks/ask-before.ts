// Asks a project's own command whether a run may begin.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { RunHandle } from '../stages/run-handle.ts'
import { type HookCall, type HookDeps, runHook } from './run-hook.ts'

/** Why it may not, as a sentence; null when it may. A dry run changes nothing, and asks nobody. */
export async function askBefore(
  deps: HookDeps,
  { project, active, writeLine }: { project: StoredProject; active: RunHandle } & Pick<HookCall, 'writeLine'>,
): Promise<string | null> {
  const command = project.hooks?.before
  if (command === undefined || active.request.dryRun) return null
  const { run, signal } = active
  return runHook(deps, { time: 'before', command, run, signal, writeLine })
}
